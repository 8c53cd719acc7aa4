// Each fault of calls and connections, as an executor meets it on the wire.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "integration/dev_agent/faults_fixture.h"

namespace mesos_executor::dev_agent {
namespace {

using mesos::v1::executor::Call;
using mesos::v1::executor::Event;

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

}  // namespace
}  // namespace mesos_executor::dev_agent
