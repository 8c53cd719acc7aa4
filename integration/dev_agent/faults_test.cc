// Each fault, as an executor meets it on the wire.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "integration/dev_agent/dev_agent.h"
#include "integration/dev_agent/wire_executor.h"

namespace mesos_executor::dev_agent {
namespace {

using mesos::v1::TaskState;
using mesos::v1::executor::Call;
using mesos::v1::executor::Event;

constexpr MediaType kType = MediaType::kJson;

class FaultsTest : public ::testing::Test {
 protected:
  // An agent with these faults, which treats the test as its executor.
  void Start(const std::vector<std::string>& faults, bool checkpoint = true) {
    AgentOptions options;
    for (const std::string& text : faults) {
      const auto fault = ParseFault(text);
      ASSERT_TRUE(fault.ok()) << fault.status();
      options.faults.push_back(*fault);
    }
    auto agent = DevAgent::Start(std::move(options));
    ASSERT_TRUE(agent.ok()) << agent.status();
    agent_ = *std::move(agent);
    launch_.launch_process = false;
    launch_.framework.set_checkpoint(checkpoint);
    ASSERT_TRUE(agent_->Launch(launch_).ok());
  }

  Call NewCall(Call::Type type) const {
    Call call;
    call.set_type(type);
    *call.mutable_executor_id() = launch_.executor.executor_id();
    *call.mutable_framework_id() = launch_.framework.id();
    if (type == Call::SUBSCRIBE) call.mutable_subscribe();
    return call;
  }

  // `number` makes the UUID.
  Call Update(TaskState state, char number) const {
    Call call = NewCall(Call::UPDATE);
    auto* status = call.mutable_update()->mutable_status();
    *status->mutable_task_id() = launch_.task.task_id();
    status->set_state(state);
    status->set_source(mesos::v1::TaskStatus::SOURCE_EXECUTOR);
    std::string uuid(16, number);
    uuid[6] = 0x40;  // Version 4.
    status->set_uuid(uuid);
    return call;
  }

  std::unique_ptr<WireStream> Subscribe(const Call& call) const {
    return std::make_unique<WireStream>(agent_->port(), call, kType);
  }
  std::unique_ptr<WireStream> Subscribe() const { return Subscribe(NewCall(Call::SUBSCRIBE)); }

  // On a connection of its own; code 0: no answer, but the connection's end.
  WireResponse Send(const Call& call) const {
    WireConnection connection(agent_->port());
    connection.Send(CallRequest(call, kType));
    return ReadResponse(connection);
  }

  // Asks until the answer is not that any more.
  WireResponse SendUntilNot(const Call& call, const std::vector<int>& codes) const {
    WireResponse response;
    do {
      response = Send(call);
    } while (std::find(codes.begin(), codes.end(), response.code) != codes.end());
    return response;
  }

  void AwaitPhase(const std::string& words) const {
    ASSERT_TRUE(agent_->WaitFor([&](const std::vector<AgentEvent>& events) {
      return std::any_of(events.begin(), events.end(), [&](const AgentEvent& event) {
        return event.kind == AgentEvent::kAgentPhase &&
               event.detail.find(words) != std::string::npos;
      });
    })) << words;
  }

  static Event::Type NextType(WireStream& stream) {
    const auto event = stream.Next();
    return event ? event->type() : Event::UNKNOWN;
  }

  // An update is answered before it is forwarded.
  bool AwaitUpdates(size_t count) const {
    return agent_->WaitFor([count](const std::vector<AgentEvent>& events) {
      return static_cast<size_t>(
                 std::count_if(events.begin(), events.end(), [](const AgentEvent& event) {
                   return event.kind == AgentEvent::kUpdate && !event.repeated;
                 })) == count;
    });
  }

  int Count(AgentEvent::Kind kind) const {
    int count = 0;
    for (const AgentEvent& event : agent_->events()) count += event.kind == kind;
    return count;
  }

  ExecutorLaunch launch_ = NewLaunch("task", getenv("TEST_TMPDIR"));
  std::unique_ptr<DevAgent> agent_;
};

TEST_F(FaultsTest, EachCodeComesWithARealAgentsText) {
  Start({"heartbeat#1 answer=400", "heartbeat#2 answer=401", "heartbeat#3 answer=403",
         "heartbeat#4 answer=404", "heartbeat#5 answer=500", "heartbeat#6-7 answer=503",
         "heartbeat#8 answer=418:teapot"});
  const Call call = NewCall(Call::HEARTBEAT);
  for (const auto& [code, body] :
       std::vector<std::pair<int, std::string>>{{400, "Framework cannot be found"},
                                                {401, "401 Unauthorized."},
                                                {403, "Executor is not subscribed"},
                                                {404, "404 Not Found."},
                                                {500, "500 Internal Server Error."},
                                                {503, "Agent has not finished recovery"},
                                                {503, "Agent has not finished recovery"},
                                                {418, "teapot"},
                                                {202, ""}}) {
    const WireResponse response = Send(call);
    EXPECT_EQ(response.code, code);
    EXPECT_EQ(response.body, body);
  }
  EXPECT_EQ(Count(AgentEvent::kFault), 8);
}

TEST_F(FaultsTest, ARefusedUpdateIsNotTaken) {
  Start({"update answer=503"});
  const auto stream = Subscribe();
  const Call update = Update(mesos::v1::TASK_RUNNING, '1');
  EXPECT_EQ(Send(update).code, 503);
  EXPECT_TRUE(agent_->updates().empty());
  EXPECT_EQ(Send(update).code, 202);
  EXPECT_TRUE(AwaitUpdates(1));
}

TEST_F(FaultsTest, AStreamIsCutAtEveryByte) {
  Start({});
  // All of what a new subscription brings: it is the same each time but for the first LAUNCH.
  Call subscribe = NewCall(Call::SUBSCRIBE);
  *subscribe.mutable_subscribe()->add_unacknowledged_tasks() = launch_.task;
  Subscribe(subscribe);
  std::string whole;
  {
    WireConnection connection(agent_->port());
    connection.Send(CallRequest(subscribe, kType));
    const std::string head = connection.ReadThrough("\r\n\r\n");
    const std::string size = connection.ReadThrough("\r\n");
    whole = absl::StrCat(head, size, connection.ReadThrough("\r\n"));
  }
  ASSERT_GT(whole.size(), 500u);
  for (size_t bytes = 0; bytes < whole.size(); bytes += bytes < 200 ? 1 : 97) {
    agent_->InjectFaults({*ParseFault(absl::StrCat("subscribe cut=", bytes))});
    WireConnection connection(agent_->port());
    connection.Send(CallRequest(subscribe, kType));
    const std::string part = connection.ReadBytes(whole.size() + 1);
    ASSERT_EQ(part.size(), bytes);
    // The date may be another one.
    ASSERT_EQ(part.substr(0, 20), whole.substr(0, std::min<size_t>(bytes, 20)));
  }
  const auto stream = Subscribe(subscribe);
  EXPECT_EQ(NextType(*stream), Event::SUBSCRIBED);
}

TEST_F(FaultsTest, AnAnswerThatIsCutOrResetWasTakenAllTheSame) {
  Start({"update#1 cut=0", "update#2 reset=5"});
  const auto stream = Subscribe();
  EXPECT_EQ(Send(Update(mesos::v1::TASK_STARTING, '1')).code, 0);
  EXPECT_EQ(Send(Update(mesos::v1::TASK_RUNNING, '2')).code, 0);
  EXPECT_TRUE(AwaitUpdates(2));
  EXPECT_EQ(Send(Update(mesos::v1::TASK_RUNNING, '2')).code, 202);
  EXPECT_TRUE(agent_->WaitFor([](const std::vector<AgentEvent>& events) {
    return !events.empty() && events.back().kind == AgentEvent::kEventSent &&
           std::any_of(events.begin(), events.end(),
                       [](const AgentEvent& event) { return event.repeated; });
  }));
}

TEST_F(FaultsTest, ADelayedAnswerComesLaterThanItsAcknowledgement) {
  // Longer than any test may take: only the order shows.
  Start({"update#1 delay=1h"});
  const auto stream = Subscribe();
  EXPECT_EQ(NextType(*stream), Event::SUBSCRIBED);
  EXPECT_EQ(NextType(*stream), Event::LAUNCH);
  WireConnection connection(agent_->port());
  connection.Send(CallRequest(Update(mesos::v1::TASK_RUNNING, '1'), kType));
  EXPECT_EQ(NextType(*stream), Event::ACKNOWLEDGED);
  agent_->InjectFaults({*ParseFault("update#1 delay=1ms")});
  EXPECT_EQ(Send(Update(mesos::v1::TASK_RUNNING, '2')).code, 202);
}

TEST_F(FaultsTest, AnIgnoredCallIsNeitherTakenNorAnswered) {
  Start({"update ignore"});
  const auto stream = Subscribe();
  WireConnection ignored(agent_->port());
  ignored.Send(CallRequest(Update(mesos::v1::TASK_STARTING, '1'), kType));
  ASSERT_TRUE(agent_->WaitFor(AgentEvent::kFault));
  EXPECT_EQ(Send(Update(mesos::v1::TASK_RUNNING, '2')).code, 202);
  ASSERT_TRUE(AwaitUpdates(1));
  EXPECT_EQ(agent_->updates()[0].state(), mesos::v1::TASK_RUNNING);
}

TEST_F(FaultsTest, AfterAFreezeEverythingThatWaitedIsDone) {
  for (const std::string kind : {"freeze", "stall"}) {
    Start({"update#1 " + kind + "=100ms", "update#3 " + kind + "=0s"});
    const auto stream = Subscribe();
    WireConnection first(agent_->port()), second(agent_->port());
    first.Send(CallRequest(Update(mesos::v1::TASK_STARTING, '1'), kType));
    ASSERT_TRUE(agent_->WaitFor(AgentEvent::kFault));
    second.Send(CallRequest(Update(mesos::v1::TASK_RUNNING, '2'), kType));
    EXPECT_EQ(ReadResponse(first).code, 202);
    EXPECT_EQ(ReadResponse(second).code, 202);
    EXPECT_EQ(Send(Update(mesos::v1::TASK_FINISHED, '3')).code, 202);
    ASSERT_TRUE(AwaitUpdates(3));
  }
}

TEST_F(FaultsTest, AnAgentThatDiesWhileItIsStalledComesBack) {
  Start({"connect#1 stall=1h"});
  const WireConnection stalled(agent_->port());
  ASSERT_TRUE(agent_->WaitFor(AgentEvent::kFault));
  agent_->InjectFaults({*ParseFault("at=0s restart=down:0s,404:0s,503:0s,recovery:0s,window:1h")});
  EXPECT_EQ(SendUntilNot(NewCall(Call::HEARTBEAT), {0, 404, 503}).code, 202);
}

TEST_F(FaultsTest, AFreezeWithinAStallEndsBoth) {
  Start({"connect#1 stall=1h"});
  const WireConnection stalled(agent_->port());
  ASSERT_TRUE(agent_->WaitFor(AgentEvent::kFault));
  agent_->InjectFaults({*ParseFault("at=0s freeze=10ms")});
  EXPECT_EQ(SendUntilNot(NewCall(Call::HEARTBEAT), {0}).code, 202);
}

TEST_F(FaultsTest, AConnectionIsResetWhenItIsMade) {
  Start({"connect#1 reset=0", "connect#2 cut=0"});
  EXPECT_EQ(Send(NewCall(Call::HEARTBEAT)).code, 0);
  EXPECT_EQ(Send(NewCall(Call::HEARTBEAT)).code, 0);
  EXPECT_EQ(Send(NewCall(Call::HEARTBEAT)).code, 202);
}

TEST_F(FaultsTest, ABreakAfterAnUpdateTakesTheAcknowledgementWithIt) {
  Start({"after-update break"});
  const auto stream = Subscribe();
  EXPECT_EQ(NextType(*stream), Event::SUBSCRIBED);
  EXPECT_EQ(NextType(*stream), Event::LAUNCH);
  EXPECT_EQ(Send(Update(mesos::v1::TASK_RUNNING, '1')).code, 202);
  EXPECT_EQ(stream->Next(), std::nullopt);
  EXPECT_FALSE(stream->ended_properly());
  EXPECT_TRUE(AwaitUpdates(1));
}

TEST_F(FaultsTest, ARestartGoesThroughTheRecordedPhases) {
  // A slow machine may miss a phase: it is the order that counts.
  Start({"after-update#2 restart=down:300ms,404:300ms,503:300ms,recovery:300ms,window:1h"});
  const auto stream = Subscribe();
  EXPECT_EQ(NextType(*stream), Event::SUBSCRIBED);
  EXPECT_EQ(NextType(*stream), Event::LAUNCH);
  EXPECT_EQ(Send(Update(mesos::v1::TASK_STARTING, '1')).code, 202);
  EXPECT_EQ(NextType(*stream), Event::ACKNOWLEDGED);
  const Call running = Update(mesos::v1::TASK_RUNNING, '2');
  // It was taken, and the agent dies before it says so.
  EXPECT_EQ(Send(running).code, 0);
  EXPECT_EQ(stream->Next(), std::nullopt);
  EXPECT_FALSE(stream->ended_properly());
  ASSERT_NO_FATAL_FAILURE(AwaitPhase("is down"));

  const Call heartbeat = NewCall(Call::HEARTBEAT);
  const WireResponse first = SendUntilNot(heartbeat, {0});
  EXPECT_TRUE(first.code == 404 || first.code == 503 || first.code == 202) << first.code;
  SendUntilNot(heartbeat, {0, 404});
  SendUntilNot(heartbeat, {0, 404, 503});
  Call subscribe = NewCall(Call::SUBSCRIBE);
  *subscribe.mutable_subscribe()->add_unacknowledged_updates()->mutable_status() =
      running.update().status();
  const auto again = Subscribe(subscribe);
  EXPECT_EQ(NextType(*again), Event::SUBSCRIBED);
  EXPECT_EQ(NextType(*again), Event::ACKNOWLEDGED);
  SendUntilNot(Update(mesos::v1::TASK_FINISHED, '3'), {503});
  EXPECT_EQ(NextType(*again), Event::ACKNOWLEDGED);
  ASSERT_TRUE(AwaitUpdates(3));
  EXPECT_EQ(agent_->updates()[2].state(), mesos::v1::TASK_FINISHED);
  std::vector<std::string> phases;
  for (const AgentEvent& event : agent_->events()) {
    if (event.kind == AgentEvent::kAgentPhase) phases.push_back(event.detail);
  }
  EXPECT_EQ(phases, (std::vector<std::string>{
                        "is down: connections are refused", "is back: every call is answered 404",
                        "recovers: every call is answered 503", "recovers: SUBSCRIBE is taken",
                        "has recovered: all calls are taken"}));
}

TEST_F(FaultsTest, WhileItRecoversOnlySubscribeIsTaken) {
  Start({"at=0s restart=down:0s,404:0s,503:0s,recovery:1h,window:1h"});
  ASSERT_NO_FATAL_FAILURE(AwaitPhase("SUBSCRIBE is taken"));
  const WireResponse response = Send(Update(mesos::v1::TASK_RUNNING, '1'));
  EXPECT_EQ(response.code, 503);
  EXPECT_EQ(response.body, "Agent has not finished recovery");
  EXPECT_EQ(NextType(*Subscribe()), Event::SHUTDOWN);
}

TEST_F(FaultsTest, WithoutCheckpointingTheFrameworkIsUnknownForEver) {
  Start({"update#2 restart=down:1ms,404:1ms,503:1ms,recovery:1ms,window:1ms"},
        /*checkpoint=*/false);
  const auto stream = Subscribe();
  EXPECT_EQ(Send(Update(mesos::v1::TASK_STARTING, '1')).code, 202);
  EXPECT_EQ(Send(Update(mesos::v1::TASK_RUNNING, '2')).code, 0);
  ASSERT_TRUE(agent_->WaitForUpdate(mesos::v1::TASK_LOST));
  EXPECT_EQ(agent_->updates().back().message(), "Agent 127.0.0.1 disconnected");
  const WireResponse response = SendUntilNot(NewCall(Call::SUBSCRIBE), {0, 404, 503});
  EXPECT_EQ(response.code, 400);
  EXPECT_EQ(response.body, "Framework cannot be found");
}

TEST_F(FaultsTest, AnAgentMayForgetTheExecutorOrTheFramework) {
  for (const std::string what : {"Framework", "Executor"}) {
    Start({absl::StrCat("at=0s forget-", what == "Executor" ? "executor" : "framework",
                        "=down:1ms,404:1ms,503:1ms,recovery:1ms,window:1ms")});
    ASSERT_NO_FATAL_FAILURE(AwaitPhase("has recovered"));
    for (const auto type : {Call::SUBSCRIBE, Call::MESSAGE}) {
      Call call = NewCall(type);
      if (type == Call::MESSAGE) call.mutable_message()->set_data("x");
      const WireResponse response = Send(call);
      EXPECT_EQ(response.code, 400);
      EXPECT_EQ(response.body, what + " cannot be found");
    }
    EXPECT_TRUE(agent_->WaitForUpdate(mesos::v1::TASK_LOST));
  }
}

TEST_F(FaultsTest, AKillWhileTheAgentIsAwayIsLostAndAShutdownIsNot) {
  Start({"at=0s restart=down:1h"});
  ASSERT_NO_FATAL_FAILURE(AwaitPhase("is down"));
  agent_->Kill();
  ASSERT_TRUE(agent_->WaitFor(AgentEvent::kEventLost));
  agent_->Shutdown();
  agent_->InjectFaults({*ParseFault("at=0s restart=down:0s,404:0s,503:0s,recovery:0s,window:1h")});
  ASSERT_NO_FATAL_FAILURE(AwaitPhase("has recovered"));
  EXPECT_EQ(NextType(*Subscribe()), Event::SHUTDOWN);
}

TEST_F(FaultsTest, AnAgentThatDiesAgainOnItsWayBackBeginsAgain) {
  Start({"at=0s restart=down:0s,404:1h", "heartbeat restart=down:0s,404:0s,503:0s,recovery:0s"});
  ASSERT_NO_FATAL_FAILURE(AwaitPhase("is back"));
  EXPECT_EQ(Send(NewCall(Call::MESSAGE)).code, 404);
  EXPECT_EQ(Send(NewCall(Call::HEARTBEAT)).code, 0);
  ASSERT_NO_FATAL_FAILURE(AwaitPhase("has recovered"));
  EXPECT_EQ(Send(NewCall(Call::HEARTBEAT)).code, 202);
}

}  // namespace
}  // namespace mesos_executor::dev_agent
