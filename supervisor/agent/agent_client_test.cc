#include "supervisor/agent/agent_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "supervisor/agent/agent_client_fixture.h"
#include "supervisor/agent/scripted_agent.h"

namespace mesos_executor::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using AgentClientTest = AgentClientFixture;

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
  AgentSettings settings = Settings(/*checkpoint=*/true);
  settings.http_timeout = absl::Milliseconds(100);
  Start(settings);
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
