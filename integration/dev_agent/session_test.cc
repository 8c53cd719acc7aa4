#include "integration/dev_agent/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace mesos_executor::dev_agent {
namespace {

using mesos::v1::TaskInfo;
using mesos::v1::TaskStatus;
using mesos::v1::executor::Call;
using mesos::v1::executor::Event;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string Name(const Session::SendEvent& action) {
  return absl::StrCat("send ", Event::Type_Name(action.event.type()));
}
std::string Name(const Session::EndStream&) { return "end stream"; }
std::string Name(const Session::ForwardUpdate& action) {
  return absl::StrCat(
      "forward ", action.repeated ? "again " : "", mesos::v1::TaskState_Name(action.status.state()),
      action.status.has_reason() ? " " + TaskStatus::Reason_Name(action.status.reason()) : "");
}
std::string Name(const Session::DropUpdate&) { return "drop"; }
std::string Name(const Session::AwaitShutdown&) { return "await shutdown"; }
std::string Name(const Session::DestroyContainer&) { return "destroy"; }

std::vector<std::string> Names(const Session::Actions& actions) {
  std::vector<std::string> names;
  for (const auto& action : actions) {
    names.push_back(std::visit([](const auto& what) { return Name(what); }, action));
  }
  return names;
}

Event::Subscribed Description() {
  Event::Subscribed subscribed;
  subscribed.mutable_executor_info()->mutable_executor_id()->set_value("e");
  subscribed.mutable_framework_info()->mutable_id()->set_value("f");
  subscribed.mutable_framework_info()->set_checkpoint(true);
  subscribed.mutable_framework_info()->add_capabilities()->set_type(
      mesos::v1::FrameworkInfo::Capability::PARTITION_AWARE);
  subscribed.mutable_agent_info()->mutable_id()->set_value("a");
  subscribed.mutable_agent_info()->set_hostname("127.0.0.1");
  return subscribed;
}

Session NewSession(const Event::Subscribed& description = Description()) {
  TaskInfo task;
  task.mutable_task_id()->set_value("t");
  return Session(description, {task});
}

const TaskStatus& FirstStatus(const Session::Actions& actions) {
  return std::get<Session::ForwardUpdate>(actions.at(0)).status;
}

TaskStatus Status(mesos::v1::TaskState state, const std::string& uuid,
                  const std::string& task = "t") {
  TaskStatus status;
  status.mutable_task_id()->set_value(task);
  status.set_state(state);
  status.set_uuid(uuid);
  return status;
}

TEST(SessionTest, ASubscriptionIsAnsweredAndTheTaskIsLaunchedOnce) {
  Session session = NewSession();
  EXPECT_FALSE(session.subscribed());
  EXPECT_THAT(Names(session.OnSubscribe({})), ElementsAre("send SUBSCRIBED", "send LAUNCH"));
  EXPECT_TRUE(session.subscribed());
  session.OnUpdate(Status(mesos::v1::TASK_STARTING, "1"));
  EXPECT_THAT(Names(session.OnSubscribe({})), ElementsAre("send SUBSCRIBED"));
}

TEST(SessionTest, ATaskThatWasNeitherUpdatedNorListedIsDroppedAndItsExecutorShutDown) {
  Session session = NewSession();
  session.OnSubscribe({});
  Call::Subscribe listed;
  listed.add_unacknowledged_tasks()->mutable_task_id()->set_value("t");
  EXPECT_THAT(Names(session.OnSubscribe(listed)), ElementsAre("send SUBSCRIBED"));
  EXPECT_THAT(Names(session.OnSubscribe({})),
              ElementsAre("forward TASK_DROPPED REASON_AGENT_RESTARTED", "send SHUTDOWN",
                          "await shutdown"));
}

TEST(SessionTest, UpdatesAreForwardedAndAcknowledgedAndRepetitionsAgainAcknowledged) {
  Session session = NewSession();
  session.OnSubscribe({});
  const auto status = Status(mesos::v1::TASK_RUNNING, "1");
  const auto actions = session.OnUpdate(status);
  EXPECT_THAT(Names(actions), ElementsAre("forward TASK_RUNNING", "send ACKNOWLEDGED"));
  EXPECT_EQ(std::get<Session::SendEvent>(actions[1]).event.acknowledged().uuid(), "1");
  EXPECT_THAT(Names(session.OnUpdate(status)),
              ElementsAre("forward again TASK_RUNNING", "send ACKNOWLEDGED"));
}

TEST(SessionTest, UpdatesInASubscribeAreTakenInOrderAndAcknowledgedAfterSubscribed) {
  Session session = NewSession();
  session.OnSubscribe({});
  Call::Subscribe subscribe;
  *subscribe.add_unacknowledged_updates()->mutable_status() = Status(mesos::v1::TASK_STARTING, "1");
  *subscribe.add_unacknowledged_updates()->mutable_status() = Status(mesos::v1::TASK_RUNNING, "2");
  EXPECT_THAT(Names(session.OnSubscribe(subscribe)),
              ElementsAre("forward TASK_STARTING", "forward TASK_RUNNING", "send SUBSCRIBED",
                          "send ACKNOWLEDGED", "send ACKNOWLEDGED"));
}

TEST(SessionTest, AfterTheTerminalUpdateWasAcknowledgedNothingIsEverAcknowledged) {
  Session session = NewSession();
  session.OnSubscribe({});
  const auto status = Status(mesos::v1::TASK_FINISHED, "1");
  EXPECT_THAT(Names(session.OnUpdate(status)),
              ElementsAre("forward TASK_FINISHED", "send ACKNOWLEDGED"));
  EXPECT_THAT(Names(session.OnUpdate(status)), ElementsAre("forward again TASK_FINISHED", "drop"));
  EXPECT_THAT(Names(session.OnUpdate(Status(mesos::v1::TASK_FAILED, "2"))),
              ElementsAre("forward TASK_FAILED", "drop"));
}

TEST(SessionTest, AnUpdateWithAnotherAgentsIdIsDropped) {
  Session session = NewSession();
  session.OnSubscribe({});
  auto status = Status(mesos::v1::TASK_RUNNING, "1");
  status.mutable_agent_id()->set_value("b");
  EXPECT_THAT(Names(session.OnUpdate(status)), ElementsAre("drop"));
}

TEST(SessionTest, AnUpdateOfAnUnknownTaskIsForwardedButNotAcknowledged) {
  Session session = NewSession();
  session.OnSubscribe({});
  EXPECT_THAT(Names(session.OnUpdate(Status(mesos::v1::TASK_KILLED, "1", "other"))),
              ElementsAre("forward TASK_KILLED", "drop"));
}

TEST(SessionTest, AKillBeforeTheSubscriptionLeavesOnlyShutdown) {
  Session session = NewSession();
  EXPECT_THAT(Names(session.OnKill("t", nullptr)),
              ElementsAre("forward TASK_KILLED REASON_TASK_KILLED_DURING_LAUNCH"));
  EXPECT_THAT(Names(session.OnSubscribe({})), ElementsAre("send SHUTDOWN", "await shutdown"));
  EXPECT_THAT(Names(session.OnExecutorExited()), ElementsAre("end stream"));
}

TEST(SessionTest, AKillCarriesTheFrameworksPolicyAndNoOther) {
  Session session = NewSession();
  session.OnSubscribe({});
  mesos::v1::KillPolicy policy;
  policy.mutable_grace_period()->set_nanoseconds(7);
  const auto with = session.OnKill("t", &policy);
  EXPECT_EQ(
      std::get<Session::SendEvent>(with[0]).event.kill().kill_policy().grace_period().nanoseconds(),
      7);
  const auto without = session.OnKill("t", nullptr);
  EXPECT_FALSE(std::get<Session::SendEvent>(without[0]).event.kill().has_kill_policy());
}

TEST(SessionTest, ShutdownIsSentOnceAndToWhoeverSubscribesLater) {
  Session session = NewSession();
  session.OnSubscribe({});
  EXPECT_THAT(Names(session.OnShutdown()), ElementsAre("send SHUTDOWN", "await shutdown"));
  EXPECT_THAT(Names(session.OnShutdown()), IsEmpty());
  EXPECT_THAT(Names(session.OnKill("t", nullptr)), IsEmpty());
  EXPECT_THAT(Names(session.OnSubscribe({})), ElementsAre("send SHUTDOWN", "end stream"));
}

TEST(SessionTest, AnExecutorThatEndsWithoutATerminalUpdateFailsItsTask) {
  Session session = NewSession();
  session.OnSubscribe({});
  session.OnUpdate(Status(mesos::v1::TASK_RUNNING, "1"));
  const auto actions = session.OnExecutorExited();
  EXPECT_THAT(Names(actions),
              ElementsAre("forward TASK_FAILED REASON_EXECUTOR_TERMINATED", "end stream"));
  EXPECT_EQ(std::get<Session::ForwardUpdate>(actions[0]).status.message(), "Executor terminated");
  EXPECT_FALSE(session.exists());
}

TEST(SessionTest, AnExecutorThatEndsAfterItsTerminalUpdateFailsNothing) {
  Session session = NewSession();
  session.OnSubscribe({});
  session.OnUpdate(Status(mesos::v1::TASK_FINISHED, "1"));
  EXPECT_THAT(Names(session.OnExecutorExited()), ElementsAre("end stream"));
}

TEST(SessionTest, AnExecutorThatNeverSubscribesIsDestroyedAndItsTaskFails) {
  Session session = NewSession();
  EXPECT_THAT(Names(session.OnRegistrationTimeout("too late")), ElementsAre("destroy"));
  const auto actions = session.OnExecutorExited();
  EXPECT_THAT(
      Names(actions),
      ElementsAre("forward TASK_FAILED REASON_EXECUTOR_REGISTRATION_TIMEOUT", "end stream"));
  EXPECT_EQ(std::get<Session::ForwardUpdate>(actions[0]).status.message(), "too late");
}

TEST(SessionTest, TheRegistrationTimeoutDoesNothingToASubscribedExecutor) {
  Session session = NewSession();
  session.OnSubscribe({});
  EXPECT_THAT(Names(session.OnRegistrationTimeout("too late")), IsEmpty());
}

TEST(SessionTest, AfterARestartOnlyASubscribeIsTakenAndNothingIsLaunchedAgain) {
  Session session = NewSession();
  session.OnSubscribe({});
  session.OnUpdate(Status(mesos::v1::TASK_RUNNING, "1"));
  EXPECT_THAT(Names(session.OnAgentDied()), IsEmpty());
  EXPECT_THAT(Names(session.OnAgentRecovered()), IsEmpty());
  EXPECT_TRUE(session.exists());
  EXPECT_FALSE(session.subscribed());
  Call::Subscribe subscribe;
  *subscribe.add_unacknowledged_updates()->mutable_status() = Status(mesos::v1::TASK_FINISHED, "2");
  EXPECT_THAT(Names(session.OnSubscribe(subscribe)),
              ElementsAre("forward TASK_FINISHED", "send SUBSCRIBED", "send ACKNOWLEDGED"));
  EXPECT_THAT(Names(session.OnReregistrationTimeout("too late")), IsEmpty());
}

TEST(SessionTest, AnExecutorThatComesTooLateAfterARestartIsDestroyedAndItsTaskGone) {
  Session session = NewSession();
  session.OnSubscribe({});
  session.OnUpdate(Status(mesos::v1::TASK_RUNNING, "1"));
  session.OnAgentRecovered();
  EXPECT_THAT(Names(session.OnReregistrationTimeout("too late")), ElementsAre("destroy"));
  EXPECT_THAT(Names(session.OnSubscribe({})), ElementsAre("send SHUTDOWN", "end stream"));
  const auto actions = session.OnExecutorExited();
  EXPECT_THAT(
      Names(actions),
      ElementsAre("forward TASK_GONE REASON_EXECUTOR_REREGISTRATION_TIMEOUT", "end stream"));
  EXPECT_EQ(FirstStatus(actions).message(), "too late");
  EXPECT_EQ(FirstStatus(actions).source(), TaskStatus::SOURCE_AGENT);
}

TEST(SessionTest, AFrameworkThatIsNotPartitionAwareIsToldLost) {
  Event::Subscribed description = Description();
  description.mutable_framework_info()->clear_capabilities();
  Session dropped = NewSession(description);
  dropped.OnSubscribe({});
  EXPECT_THAT(
      Names(dropped.OnSubscribe({})),
      ElementsAre("forward TASK_LOST REASON_AGENT_RESTARTED", "send SHUTDOWN", "await shutdown"));
  Session gone = NewSession(description);
  gone.OnSubscribe({});
  gone.OnAgentRecovered();
  gone.OnReregistrationTimeout("");
  EXPECT_THAT(
      Names(gone.OnExecutorExited()),
      ElementsAre("forward TASK_LOST REASON_EXECUTOR_REREGISTRATION_TIMEOUT", "end stream"));
}

TEST(SessionTest, WithoutCheckpointingTheDeathOfTheAgentIsTheEndOfAllItKnew) {
  Event::Subscribed description = Description();
  description.mutable_framework_info()->set_checkpoint(false);
  Session session = NewSession(description);
  session.OnSubscribe({});
  const auto actions = session.OnAgentDied();
  EXPECT_THAT(Names(actions), ElementsAre("forward TASK_LOST REASON_AGENT_DISCONNECTED"));
  EXPECT_EQ(FirstStatus(actions).message(), "Agent 127.0.0.1 disconnected");
  EXPECT_EQ(FirstStatus(actions).source(), TaskStatus::SOURCE_MASTER);
  EXPECT_FALSE(session.exists());
  EXPECT_THAT(Names(session.OnAgentRecovered()), IsEmpty());
  EXPECT_THAT(Names(session.OnReregistrationTimeout("")), IsEmpty());
  EXPECT_THAT(Names(session.OnExecutorExited()), IsEmpty());
}

TEST(SessionTest, AForgottenExecutorsTaskIsLost) {
  Session session = NewSession();
  session.OnSubscribe({});
  EXPECT_THAT(Names(session.OnForgotten()), ElementsAre("forward TASK_LOST REASON_AGENT_REMOVED"));
  EXPECT_FALSE(session.exists());
}

TEST(SessionTest, ATaskThatWasNeverSentIsUnknownToARestartedAgent) {
  Session session = NewSession();
  EXPECT_THAT(Names(session.OnAgentRecovered()),
              ElementsAre("forward TASK_DROPPED REASON_RECONCILIATION"));
  EXPECT_THAT(Names(session.OnSubscribe({})), ElementsAre("send SHUTDOWN", "await shutdown"));
}

}  // namespace
}  // namespace mesos_executor::dev_agent
