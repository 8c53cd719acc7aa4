#include "supervisor/agent/agent_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "supervisor/agent/scripted_agent.h"

namespace mesos_executor::agent {
namespace {

using mesos::v1::TaskStatus;
using mesos::v1::executor::Call;
using mesos::v1::executor::Event;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TaskStatus Status(mesos::v1::TaskState state) {
  TaskStatus status;
  status.mutable_task_id()->set_value("task");
  status.set_state(state);
  return status;
}

Event Launch() {
  Event event;
  event.set_type(Event::LAUNCH);
  auto* const task = event.mutable_launch()->mutable_task();
  task->set_name("task");
  task->mutable_task_id()->set_value("task");
  task->mutable_agent_id()->set_value("agent");
  return event;
}

Event Kill() {
  Event event;
  event.set_type(Event::KILL);
  event.mutable_kill()->mutable_task_id()->set_value("task");
  return event;
}

class AgentClientTest : public testing::Test, public AgentClient::Observer {
 protected:
  void OnSubscribed(const Event::Subscribed& subscribed) override {
    ++subscribed_;
    EXPECT_EQ(subscribed.agent_info().hostname(), "agent");
    seen_.push_back("subscribed");
  }
  void OnLaunch(const mesos::v1::TaskInfo& task) override {
    seen_.push_back("launch " + task.task_id().value());
    client_->Send(Status(mesos::v1::TASK_STARTING));
    client_->Send(Status(mesos::v1::TASK_RUNNING));
  }
  void OnLaunchGroup(const mesos::v1::TaskGroupInfo&) override { seen_.push_back("group"); }
  void OnKill(const Event::Kill& kill) override {
    seen_.push_back("kill " + kill.task_id().value());
  }
  void OnShutdown() override { seen_.push_back("shutdown"); }
  void OnMessage(const std::string& data) override { seen_.push_back("message " + data); }
  void OnUpdateAcknowledged(const TaskStatus& status) override {
    seen_.push_back(TaskState_Name(status.state()));
  }
  void OnUpdateRefused(const TaskStatus& status, const absl::Status&) override {
    seen_.push_back("refused " + TaskState_Name(status.state()));
  }
  void OnAllSettled(bool terminal_refused) override {
    seen_.push_back(terminal_refused ? "all, the end refused" : "all");
  }
  void OnDisconnected(absl::Status why) override {
    seen_.push_back("disconnected");
    why_ = why;
  }
  void OnLost(absl::Status why) override {
    seen_.push_back("lost");
    why_ = why;
  }

  void Start(bool checkpoint, absl::Duration http_timeout = absl::Minutes(1)) {
    AgentSettings settings;
    settings.endpoint.address = "127.0.0.1";
    settings.endpoint.port = agent_.port();
    settings.framework_id = "framework";
    settings.executor_id = "executor";
    settings.token = "a.b.c";
    settings.checkpoint = checkpoint;
    settings.subscription_backoff_max = absl::Milliseconds(50);
    settings.http_timeout = http_timeout;
    client_.emplace(&loop_, settings, this);
    client_->Start();
  }

  // Runs the loop until `done`, under a watchdog.
  template <typename Condition>
  [[nodiscard]] bool Await(Condition done) {
    const absl::Time deadline = loop_.Now() + absl::Minutes(1);
    while (!done() && loop_.Now() < deadline)
      loop_.io_context().run_one_for(std::chrono::seconds(1));
    return done();
  }
  [[nodiscard]] bool AwaitSeen(const std::string& last) {
    return Await([&] { return !seen_.empty() && seen_.back() == last; });
  }

  // The updates in the order in which the agent got them first, by UUID.
  std::vector<mesos::v1::TaskState> UpdatesAtTheAgent() const {
    std::vector<mesos::v1::TaskState> states;
    std::set<std::string> uuids;
    const auto take = [&](const TaskStatus& status) {
      if (uuids.insert(status.uuid()).second) states.push_back(status.state());
    };
    for (const auto& request : agent_.requests()) {
      for (const auto& update : request.call.subscribe().unacknowledged_updates())
        take(update.status());
      if (request.call.has_update()) take(request.call.update().status());
    }
    return states;
  }
  int Count(Call::Type type) const {
    return std::count_if(agent_.requests().begin(), agent_.requests().end(),
                         [&](const auto& request) { return request.call.type() == type; });
  }

  AsioEventLoop loop_;
  ScriptedAgent agent_{&loop_};
  std::vector<std::string> seen_;
  int subscribed_ = 0;
  absl::Status why_;
  std::optional<AgentClient> client_;
};

TEST_F(AgentClientTest, SubscribesAndDeliversUpdatesOverTwoConnections) {
  Start(/*checkpoint=*/false);
  ASSERT_TRUE(AwaitSeen("subscribed"));
  agent_.Push(Launch());
  ASSERT_TRUE(AwaitSeen("all"));
  EXPECT_THAT(seen_,
              ElementsAre("subscribed", "launch task", "TASK_STARTING", "TASK_RUNNING", "all"));
  EXPECT_THAT(UpdatesAtTheAgent(), ElementsAre(mesos::v1::TASK_STARTING, mesos::v1::TASK_RUNNING));
  EXPECT_EQ(agent_.accepted(), 2);
  for (const auto& request : agent_.requests()) {
    EXPECT_EQ(request.connection, request.call.type() == Call::SUBSCRIBE ? 0 : 1);
    EXPECT_THAT(request.head, HasSubstr("\r\nAuthorization: Bearer a.b.c\r\n"));
    if (request.call.has_update()) {
      EXPECT_NEAR(request.call.update().status().timestamp(), absl::ToUnixSeconds(absl::Now()),
                  600);
    }
  }
}

TEST_F(AgentClientTest, AStreamCutAnywhereInARecordIsSubscribedAgainWithTheUpdates) {
  // Nothing is acknowledged, so every SUBSCRIBE must carry both updates.
  agent_.answer = [](const ScriptedAgent::Request& request) -> std::string {
    return request.call.type() == Call::UPDATE ? ScriptedAgent::Answer(202, "") : "default";
  };
  Start(/*checkpoint=*/true);
  ASSERT_TRUE(AwaitSeen("subscribed"));
  agent_.Push(Launch());
  ASSERT_TRUE(Await([&] { return Count(Call::UPDATE) == 2; }));
  // Before the record's last byte, behind which only the chunk's CRLF comes.
  const size_t whole = ScriptedAgent::Bytes(Kill()).size() - 2;
  for (size_t cut = 0; cut < whole; ++cut) {
    const int before = subscribed_;
    agent_.Cut(Kill(), cut);
    ASSERT_TRUE(Await([&] { return subscribed_ == before + 1; })) << "cut at " << cut;
    const Call* subscribe = nullptr;
    for (const auto& request : agent_.requests()) {
      if (request.call.type() == Call::SUBSCRIBE) subscribe = &request.call;
    }
    ASSERT_EQ(subscribe->subscribe().unacknowledged_tasks_size(), 1);
    ASSERT_EQ(subscribe->subscribe().unacknowledged_updates_size(), 2);
  }
  EXPECT_THAT(UpdatesAtTheAgent(), ElementsAre(mesos::v1::TASK_STARTING, mesos::v1::TASK_RUNNING));
  EXPECT_THAT(seen_, testing::Not(testing::Contains("kill task")));
  agent_.Push(Kill());
  EXPECT_TRUE(AwaitSeen("kill task"));
}

TEST_F(AgentClientTest, ABusyAgentIsAskedAgainInOrder) {
  int refusals = 3;
  agent_.answer = [&](const ScriptedAgent::Request& request) -> std::string {
    if (request.call.type() != Call::UPDATE || refusals-- <= 0) return "default";
    return ScriptedAgent::Answer(503, "Agent has not finished recovery");
  };
  Start(false);
  ASSERT_TRUE(AwaitSeen("subscribed"));
  agent_.Push(Launch());
  ASSERT_TRUE(AwaitSeen("all"));
  EXPECT_EQ(Count(Call::UPDATE), 3 + 2);
  EXPECT_EQ(agent_.accepted(), 2) << "the connection is kept";
}

TEST_F(AgentClientTest, ACallConnectionClosedInBetweenIsOpenedAgain) {
  Start(false);
  ASSERT_TRUE(AwaitSeen("subscribed"));
  agent_.Push(Launch());
  ASSERT_TRUE(AwaitSeen("all"));
  // Not seen by the client yet when it sends, as the loop doesn't run here.
  agent_.CloseCalls();
  seen_.clear();
  client_->Send(Status(mesos::v1::TASK_FINISHED));
  ASSERT_TRUE(AwaitSeen("all"));
  EXPECT_THAT(seen_, ElementsAre("TASK_FINISHED", "all"));
  EXPECT_EQ(subscribed_, 1);
  EXPECT_EQ(agent_.accepted(), 3);
}

TEST_F(AgentClientTest, AnAgentThatStopsAnsweringCallsIsSubscribedAgain) {
  bool frozen = true;
  agent_.answer = [&](const ScriptedAgent::Request& request) -> std::string {
    return request.call.type() == Call::UPDATE && std::exchange(frozen, false) ? "" : "default";
  };
  Start(/*checkpoint=*/true, /*http_timeout=*/absl::Milliseconds(100));
  ASSERT_TRUE(AwaitSeen("subscribed"));
  agent_.Push(Launch());
  ASSERT_TRUE(Await([&] { return subscribed_ == 2; }));
  EXPECT_EQ(why_.code(), absl::StatusCode::kDeadlineExceeded) << why_;
  EXPECT_THAT(UpdatesAtTheAgent(), ElementsAre(mesos::v1::TASK_STARTING, mesos::v1::TASK_RUNNING));
}

TEST_F(AgentClientTest, AnUpdateThatTheAgentWillNeverTakeIsReportedBeforeAllAreDone) {
  bool refuse = true;
  agent_.answer = [&](const ScriptedAgent::Request& request) -> std::string {
    const bool update = request.call.type() == Call::UPDATE;
    return update && std::exchange(refuse, false) ? ScriptedAgent::Answer(415, "") : "default";
  };
  Start(/*checkpoint=*/true);
  ASSERT_TRUE(AwaitSeen("subscribed"));
  agent_.Push(Launch());
  ASSERT_TRUE(AwaitSeen("all"));
  EXPECT_THAT(seen_, ElementsAre("subscribed", "launch task", "refused TASK_STARTING",
                                 "TASK_RUNNING", "all"));
}

TEST_F(AgentClientTest, GarbageOnTheStreamIsSubscribedAgainAlsoWithoutCheckpoints) {
  for (const std::string garbage : {"not RecordIO", "99999999999\n", "3\nabc"}) {
    seen_.clear();
    Start(false);
    ASSERT_TRUE(AwaitSeen("subscribed"));
    // Only a stream that has settled is thought well of, but one of no checkpoints gets one more
    // try anyway.
    agent_.PushChunk(garbage);
    ASSERT_TRUE(Await([&] { return seen_.size() == 3; }));
    EXPECT_THAT(seen_, ElementsAre("subscribed", "disconnected", "subscribed")) << garbage;
    client_.reset();
  }
}

TEST_F(AgentClientTest, ARecordAsLongAsTwoHundredReadsArrives) {
  Start(false);
  ASSERT_TRUE(AwaitSeen("subscribed"));
  Event event;
  event.set_type(Event::MESSAGE);
  event.mutable_message()->set_data(std::string(200 << 10, 'x'));
  agent_.Push(event);
  EXPECT_TRUE(AwaitSeen("message " + event.message().data()));
}

TEST_F(AgentClientTest, ARefusedSubscriptionIsTriedAgain) {
  int refusals = 3;
  agent_.answer = [&](const ScriptedAgent::Request& request) -> std::string {
    if (refusals-- <= 0) return "default";
    return ScriptedAgent::Answer(503, "Agent has not finished recovery");
  };
  Start(true);
  ASSERT_TRUE(AwaitSeen("subscribed"));
  EXPECT_THAT(seen_, ElementsAre("disconnected", "subscribed"));
  EXPECT_EQ(why_.message(),
            "the agent answered SUBSCRIBE with 503 \"Agent has not finished recovery\"");
}

TEST_F(AgentClientTest, ShutdownAsTheOnlyEventEndsIt) {
  Event shutdown;
  shutdown.set_type(Event::SHUTDOWN);
  const std::string bytes = shutdown.SerializeAsString();
  agent_.answer = [&](const ScriptedAgent::Request&) {
    return absl::StrCat(ScriptedAgent::StreamHead(), absl::Hex(bytes.size() + 2), "\r\n",
                        bytes.size(), "\n", bytes, "\r\n0\r\n\r\n");
  };
  Start(true);
  ASSERT_TRUE(AwaitSeen("lost"));
  EXPECT_THAT(seen_, ElementsAre("shutdown", "disconnected", "lost"));
  EXPECT_EQ(why_.code(), absl::StatusCode::kCancelled);
  EXPECT_THAT(agent_.requests(), SizeIs(1));
}

TEST_F(AgentClientTest, TheEndOfTheStreamIsForGoodWithoutCheckpoints) {
  Start(false);
  ASSERT_TRUE(AwaitSeen("subscribed"));
  agent_.Cut(Kill(), 0);
  ASSERT_TRUE(AwaitSeen("lost"));
  EXPECT_THAT(seen_, ElementsAre("subscribed", "disconnected", "lost"));
  EXPECT_THAT(std::string(why_.message()), HasSubstr("nothing is checkpointed"));
}

TEST_F(AgentClientTest, NobodyListeningIsTold) {
  {
    ScriptedAgent gone(&loop_);
    AgentSettings settings;
    settings.endpoint.address = "127.0.0.1";
    settings.endpoint.port = gone.port();
    client_.emplace(&loop_, settings, this);
  }
  client_->Start();
  ASSERT_TRUE(AwaitSeen("disconnected"));
  EXPECT_THAT(std::string(why_.message()), HasSubstr("connecting to 127.0.0.1:"));
  EXPECT_THAT(std::string(why_.message()), HasSubstr("Connection refused"));
}

TEST_F(AgentClientTest, AfterStopNothingMoreIsHeard) {
  Start(true);
  ASSERT_TRUE(AwaitSeen("subscribed"));
  agent_.Push(Launch());
  client_->Send(Status(mesos::v1::TASK_STARTING));
  client_->Stop();
  seen_.clear();
  client_->Send(Status(mesos::v1::TASK_RUNNING));
  bool later = false;
  const auto timer = loop_.After(absl::Milliseconds(50), [&] { later = true; });
  ASSERT_TRUE(Await([&] { return later; }));
  EXPECT_THAT(seen_, IsEmpty());
}

}  // namespace
}  // namespace mesos_executor::agent
