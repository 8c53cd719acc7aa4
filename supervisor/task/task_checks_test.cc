// What the checks of a task make of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "supervisor/task/machine_fixture.h"

namespace mesos_executor::task {
namespace {

using lifecycle::v1::BEFORE_START;
using lifecycle::v1::BEFORE_TERMINATE;
using lifecycle::v1::HEALTHY;
using mesos::v1::TaskStatus;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class TaskChecksTest : public MachineFixture {};

TEST_F(TaskChecksTest, ARequiredSidecarThatFailsWhenHealthyKillsTheTaskAsFailed) {
  Run();
  Handle(BecameHealthy{});
  EXPECT_THAT(Handle(PhaseDone{.phase = HEALTHY, .failure = "sidecar x refused"}),
              ElementsAre("stop checks", "ask BEFORE_TERMINATE"));
  Handle(PhaseDone{.phase = BEFORE_TERMINATE});
  Handle(MainExited{SIGTERM});
  EXPECT_EQ(Handle(TreeGone{})[0],
            "TASK_FAILED: sidecar x refused. Command terminated with signal Terminated");
}

TEST_F(TaskChecksTest, HealthIsToldTheAgentFirstThenTheSidecars) {
  Handle(Launch{.task_id = "t"});
  Handle(PhaseDone{.phase = BEFORE_START});
  EXPECT_THAT(Handle(Started{}), ElementsAre("TASK_RUNNING", "ask STARTED", "start checks"));
  EXPECT_THAT(Handle(FailedCheck{"503"}), ElementsAre("TASK_RUNNING unhealthy: 503"));
  EXPECT_THAT(Handle(BecameHealthy{}), ElementsAre("TASK_RUNNING healthy", "ask HEALTHY"));
  EXPECT_THAT(Handle(FailedCheck{"503"}),
              ElementsAre("TASK_RUNNING unhealthy: 503", "ask UNHEALTHY"));
  EXPECT_THAT(Handle(BecameHealthy{}), ElementsAre("TASK_RUNNING healthy", "ask HEALTHY"));
}

TEST_F(TaskChecksTest, AKillForHealthEndsAsFailedAndUnhealthy) {
  Run();
  EXPECT_THAT(Handle(FailedCheck{.why = "GET /health: 503", .kill = true}),
              ElementsAre("TASK_RUNNING unhealthy: GET /health: 503", "stop checks",
                          "ask BEFORE_TERMINATE"));
  Handle(PhaseDone{.phase = BEFORE_TERMINATE});
  Handle(MainExited{SIGTERM});
  EXPECT_EQ(Handle(TreeGone{})[0],
            "TASK_FAILED unhealthy: GET /health: 503. Command terminated with signal Terminated");
}

TEST_F(TaskChecksTest, RunningWaitsForTheFirstSuccessWhereAsked) {
  Handle(Launch{.task_id = "t", .running_when_healthy = true});
  Handle(PhaseDone{.phase = BEFORE_START});
  EXPECT_THAT(Handle(Started{}), ElementsAre("ask STARTED", "start checks"));
  EXPECT_THAT(Handle(FailedCheck{"503"}), IsEmpty());
  EXPECT_THAT(Handle(BecameHealthy{}), ElementsAre("TASK_RUNNING healthy", "ask HEALTHY"));
  EXPECT_THAT(Handle(FailedCheck{"503"}),
              ElementsAre("TASK_RUNNING unhealthy: 503", "ask UNHEALTHY"));
}

TEST_F(TaskChecksTest, ATaskThatNeverBecomesHealthyFailsWithoutRunning) {
  Handle(Launch{.task_id = "t", .running_when_healthy = true});
  Handle(PhaseDone{.phase = BEFORE_START});
  Handle(Started{});
  EXPECT_THAT(Handle(FailedCheck{.why = "503", .kill = true}),
              ElementsAre("stop checks", "ask BEFORE_TERMINATE"));
  EXPECT_EQ(Handle(TreeGone{})[0], "TASK_FAILED unhealthy: 503");
}

mesos::v1::CheckStatusInfo CommandStatus(std::optional<int> exit_code = std::nullopt) {
  mesos::v1::CheckStatusInfo status;
  status.set_type(mesos::v1::CheckInfo::COMMAND);
  auto* const command = status.mutable_command();
  if (exit_code) command->set_exit_code(*exit_code);
  return status;
}

TEST_F(TaskChecksTest, A1_14_14_EveryUpdateOfATaskWithACheckHasTheLastCheckStatus) {
  EXPECT_THAT(Handle(Launch{.task_id = "t", .check = CommandStatus()}),
              ElementsAre("TASK_STARTING check none", "ask BEFORE_START"));
  Handle(Subscribed{.task_killing = true});
  Handle(PhaseDone{.phase = BEFORE_START});
  EXPECT_EQ(Handle(Started{})[0], "TASK_RUNNING check none");
  EXPECT_THAT(Handle(CheckChanged{CommandStatus(3)}), ElementsAre("TASK_RUNNING check 3"));
  EXPECT_EQ(Handle(BecameHealthy{})[0], "TASK_RUNNING healthy check 3");
  EXPECT_EQ(Handle(Kill{.task_id = "t"})[1], "TASK_KILLING healthy check 3: Task killed");
  EXPECT_THAT(Handle(CheckChanged{CommandStatus(0)}), IsEmpty()) << "none once it is killed";
  EXPECT_EQ(Handle(TreeGone{})[0], "TASK_KILLED check 3: Task killed");
}

TEST_F(TaskChecksTest, ReasonsTellACheckFromAHealthCheck) {
  Run();
  EXPECT_EQ(ReasonOf(BecameHealthy{}), TaskStatus::REASON_TASK_HEALTH_CHECK_STATUS_UPDATED);
  EXPECT_EQ(ReasonOf(FailedCheck{"503"}), TaskStatus::REASON_TASK_HEALTH_CHECK_STATUS_UPDATED);
  EXPECT_EQ(ReasonOf(CheckChanged{CommandStatus(0)}), TaskStatus::REASON_TASK_CHECK_STATUS_UPDATED);
}

}  // namespace
}  // namespace mesos_executor::task
