// An agent that dies and comes back, as an executor meets it on the wire.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "integration/dev_agent/faults_fixture.h"

namespace mesos_executor::dev_agent {
namespace {

using mesos::v1::executor::Call;
using mesos::v1::executor::Event;

using RestartsTest = FaultsTest;

TEST_F(RestartsTest, ARestartGoesThroughTheRecordedPhases) {
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

TEST_F(RestartsTest, WhileItRecoversOnlySubscribeIsTaken) {
  Start({"at=0s restart=down:0s,404:0s,503:0s,recovery:1h,window:1h"});
  ASSERT_NO_FATAL_FAILURE(AwaitPhase("SUBSCRIBE is taken"));
  const WireResponse response = Send(Update(mesos::v1::TASK_RUNNING, '1'));
  EXPECT_EQ(response.code, 503);
  EXPECT_EQ(response.body, "Agent has not finished recovery");
  EXPECT_EQ(NextType(*Subscribe()), Event::SHUTDOWN);
}

TEST_F(RestartsTest, WithoutCheckpointingTheFrameworkIsUnknownForEver) {
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

TEST_F(RestartsTest, AnAgentMayForgetTheExecutorOrTheFramework) {
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

TEST_F(RestartsTest, AKillWhileTheAgentIsAwayIsLostAndAShutdownIsNot) {
  Start({"at=0s restart=down:1h"});
  ASSERT_NO_FATAL_FAILURE(AwaitPhase("is down"));
  agent_->Kill();
  ASSERT_TRUE(agent_->WaitFor(AgentEvent::kEventLost));
  agent_->Shutdown();
  agent_->InjectFaults({*ParseFault("at=0s restart=down:0s,404:0s,503:0s,recovery:0s,window:1h")});
  ASSERT_NO_FATAL_FAILURE(AwaitPhase("has recovered"));
  EXPECT_EQ(NextType(*Subscribe()), Event::SHUTDOWN);
}

TEST_F(RestartsTest, AnAgentThatDiesAgainOnItsWayBackBeginsAgain) {
  Start({"at=0s restart=down:0s,404:1h", "heartbeat restart=down:0s,404:0s,503:0s,recovery:0s"});
  ASSERT_NO_FATAL_FAILURE(AwaitPhase("is back"));
  EXPECT_EQ(Send(NewCall(Call::MESSAGE)).code, 404);
  EXPECT_EQ(Send(NewCall(Call::HEARTBEAT)).code, 0);
  ASSERT_NO_FATAL_FAILURE(AwaitPhase("has recovered"));
  EXPECT_EQ(Send(NewCall(Call::HEARTBEAT)).code, 202);
}

}  // namespace
}  // namespace mesos_executor::dev_agent
