// The agent's API over the wire, with the test as the executor.
#include "integration/dev_agent/dev_agent.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <string>

#include "integration/dev_agent/wire_executor.h"

namespace mesos_executor::dev_agent {
namespace {

using mesos::v1::TaskState;
using mesos::v1::executor::Call;
using mesos::v1::executor::Event;

class DevAgentTest : public ::testing::TestWithParam<MediaType> {
 protected:
  void SetUp() override {
    auto agent = DevAgent::Start();
    ASSERT_TRUE(agent.ok()) << agent.status();
    agent_ = *std::move(agent);
    launch_.launch_process = false;
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

  WireStream Subscribe() {
    return WireStream(agent_->port(), NewCall(Call::SUBSCRIBE), GetParam());
  }

  WireResponse Send(const Call& call) {
    calls_.Send(CallRequest(call, GetParam()));
    return ReadResponse(calls_);
  }

  static Event::Type NextType(WireStream& stream) {
    const auto event = stream.Next();
    return event ? event->type() : Event::UNKNOWN;
  }

  ExecutorLaunch launch_ = NewLaunch("task", getenv("TEST_TMPDIR"));
  std::unique_ptr<DevAgent> agent_;
  // The second connection, for all calls but SUBSCRIBE.
  WireConnection calls_{0};

  void Connect() { calls_ = WireConnection(agent_->port()); }
};

INSTANTIATE_TEST_SUITE_P(Encodings, DevAgentTest,
                         ::testing::Values(MediaType::kJson, MediaType::kProtobuf),
                         [](const auto& info) {
                           return info.param == MediaType::kJson ? "Json" : "Protobuf";
                         });

TEST_P(DevAgentTest, SubscribesLaunchesTakesUpdatesAndKills) {
  Connect();
  WireStream stream = Subscribe();
  EXPECT_TRUE(stream.head().starts_with("HTTP/1.1 200 OK\r\nDate: ")) << stream.head();
  EXPECT_TRUE(stream.head().ends_with(" GMT\r\nTransfer-Encoding: chunked\r\nContent-Type: " +
                                      std::string(MediaTypeName(GetParam())) + "\r\n\r\n"))
      << stream.head();
  const auto subscribed = stream.Next();
  ASSERT_TRUE(subscribed && subscribed->type() == Event::SUBSCRIBED);
  EXPECT_EQ(subscribed->subscribed().framework_info().id().value(), launch_.framework.id().value());
  const auto launch = stream.Next();
  ASSERT_TRUE(launch && launch->type() == Event::LAUNCH);
  EXPECT_EQ(launch->launch().task().task_id().value(), launch_.task.task_id().value());
  EXPECT_EQ(launch->launch().task().executor().executor_id().value(),
            launch_.executor.executor_id().value());

  const Call running = Update(mesos::v1::TASK_RUNNING, '1');
  EXPECT_EQ(Send(running).code, 202);
  const auto acknowledged = stream.Next();
  ASSERT_TRUE(acknowledged && acknowledged->type() == Event::ACKNOWLEDGED);
  EXPECT_EQ(acknowledged->acknowledged().uuid(), running.update().status().uuid());

  agent_->Kill(absl::Milliseconds(2500));
  const auto kill = stream.Next();
  ASSERT_TRUE(kill && kill->type() == Event::KILL);
  EXPECT_EQ(kill->kill().kill_policy().grace_period().nanoseconds(), 2500000000);
  EXPECT_EQ(Send(Update(mesos::v1::TASK_KILLED, '2')).code, 202);
  EXPECT_EQ(NextType(stream), Event::ACKNOWLEDGED);
  ASSERT_EQ(agent_->updates().size(), 2u);
  EXPECT_EQ(agent_->updates()[1].state(), mesos::v1::TASK_KILLED);
  EXPECT_EQ(agent_->updates()[1].agent_id().value(), launch_.task.agent_id().value());
}

TEST_P(DevAgentTest, ASecondSubscriptionEndsTheFirstProperlyAndLaunchesNothing) {
  Connect();
  WireStream first = Subscribe();
  EXPECT_EQ(NextType(first), Event::SUBSCRIBED);
  EXPECT_EQ(NextType(first), Event::LAUNCH);
  EXPECT_EQ(Send(Update(mesos::v1::TASK_STARTING, '1')).code, 202);
  EXPECT_EQ(NextType(first), Event::ACKNOWLEDGED);
  WireStream second = Subscribe();
  EXPECT_EQ(first.Next(), std::nullopt);
  EXPECT_TRUE(first.ended_properly());
  EXPECT_EQ(NextType(second), Event::SUBSCRIBED);
  agent_->Shutdown();
  EXPECT_EQ(NextType(second), Event::SHUTDOWN);
}

TEST_P(DevAgentTest, KilledBeforeItSubscribedItGetsOnlyShutdown) {
  agent_->Kill();
  ASSERT_TRUE(agent_->WaitForUpdate(mesos::v1::TASK_KILLED));
  WireStream stream = Subscribe();
  EXPECT_EQ(NextType(stream), Event::SHUTDOWN);
  agent_->BreakStream();
  EXPECT_EQ(stream.Next(), std::nullopt);
  EXPECT_FALSE(stream.ended_properly());
}

TEST_P(DevAgentTest, AKillWhileTheStreamIsDownIsLost) {
  Connect();
  {
    WireStream stream = Subscribe();
    EXPECT_EQ(NextType(stream), Event::SUBSCRIBED);
    EXPECT_EQ(NextType(stream), Event::LAUNCH);
    EXPECT_EQ(Send(Update(mesos::v1::TASK_RUNNING, '1')).code, 202);
  }
  ASSERT_TRUE(agent_->WaitFor(AgentEvent::kStreamGone));
  agent_->Kill();
  ASSERT_TRUE(agent_->WaitFor(AgentEvent::kEventLost));
  WireStream stream = Subscribe();
  EXPECT_EQ(NextType(stream), Event::SUBSCRIBED);
  agent_->Shutdown();
  EXPECT_EQ(NextType(stream), Event::SHUTDOWN);
}

TEST_P(DevAgentTest, WithheldAcknowledgementsComeLaterInOrder) {
  Connect();
  WireStream stream = Subscribe();
  EXPECT_EQ(NextType(stream), Event::SUBSCRIBED);
  EXPECT_EQ(NextType(stream), Event::LAUNCH);
  agent_->WithholdAcknowledgements(true);
  const Call starting = Update(mesos::v1::TASK_STARTING, '1');
  const Call running = Update(mesos::v1::TASK_RUNNING, '2');
  EXPECT_EQ(Send(starting).code, 202);
  EXPECT_EQ(Send(running).code, 202);
  agent_->SendFrameworkMessage("hello");
  const auto message = stream.Next();
  ASSERT_TRUE(message && message->type() == Event::MESSAGE);
  EXPECT_EQ(message->message().data(), "hello");
  agent_->WithholdAcknowledgements(false);
  EXPECT_EQ(stream.Next()->acknowledged().uuid(), starting.update().status().uuid());
  EXPECT_EQ(stream.Next()->acknowledged().uuid(), running.update().status().uuid());
}

TEST_P(DevAgentTest, RefusedUpdatesLeaveNoTrace) {
  Connect();
  WireStream stream = Subscribe();
  EXPECT_EQ(NextType(stream), Event::SUBSCRIBED);
  EXPECT_EQ(NextType(stream), Event::LAUNCH);
  agent_->InjectFaults({*ParseFault("update#1-2 answer=503")});
  const Call running = Update(mesos::v1::TASK_RUNNING, '1');
  for (int i = 0; i < 2; ++i) {
    const WireResponse response = Send(running);
    EXPECT_EQ(response.code, 503);
    EXPECT_EQ(response.body, "Agent has not finished recovery");
  }
  EXPECT_TRUE(agent_->updates().empty());
  EXPECT_EQ(Send(running).code, 202);
  EXPECT_EQ(NextType(stream), Event::ACKNOWLEDGED);
  EXPECT_EQ(agent_->updates().size(), 1u);
}

TEST_P(DevAgentTest, ABadCallLeavesTheConnectionOpen) {
  Connect();
  EXPECT_EQ(Send(Update(mesos::v1::TASK_RUNNING, '1')).body, "Executor is not subscribed");
  Call heartbeat = NewCall(Call::HEARTBEAT);
  EXPECT_EQ(Send(heartbeat).code, 202);
  ASSERT_TRUE(agent_->WaitFor(AgentEvent::kCallRefused));
}

TEST_P(DevAgentTest, ABodyThatIsNoJsonIsAnsweredAsAnythingElse) {
  Connect();
  calls_.Send(
      "POST /api/v1/executor HTTP/1.1\r\nContent-Type: application/json\r\n"
      "Content-Length: 5\r\n\r\n{ \"a ");
  const WireResponse response = ReadResponse(calls_);
  EXPECT_EQ(response.code, 400);
  EXPECT_EQ(response.body.find("Failed to parse body into JSON: syntax error at line 1"), 0u)
      << response.body;
}

TEST_P(DevAgentTest, AConnectionWhoseStreamHasEndedTakesCallsAgain) {
  WireConnection connection(agent_->port());
  connection.Send(CallRequest(NewCall(Call::SUBSCRIBE), GetParam()));
  // Waits behind the stream.
  connection.Send(CallRequest(NewCall(Call::HEARTBEAT), GetParam()));
  ASSERT_TRUE(agent_->WaitFor(AgentEvent::kSubscribed));
  WireStream newer = Subscribe();
  EXPECT_TRUE(connection.ReadThrough("0\r\n\r\n").ends_with("0\r\n\r\n"));
  EXPECT_EQ(ReadResponse(connection).code, 202);
}

TEST_P(DevAgentTest, OnlyOneExecutorIsLaunched) {
  EXPECT_EQ(agent_->Launch(launch_).code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace mesos_executor::dev_agent
