// How a task is brought to its end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include "supervisor/task/machine_fixture.h"

namespace mesos_executor::task {
namespace {

using lifecycle::v1::BEFORE_START;
using lifecycle::v1::BEFORE_TERMINATE;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class TaskKillTest : public MachineFixture {};

TEST_F(TaskKillTest, AKillAsksTheSidecarsThenTerminatesThenKills) {
  Run();
  EXPECT_THAT(Handle(Kill{.task_id = "t"}), ElementsAre("stop checks", "ask BEFORE_TERMINATE"));
  EXPECT_THAT(Handle(PhaseDone{.phase = BEFORE_TERMINATE}), ElementsAre("terminate"));
  EXPECT_EQ(TimeLeft(), absl::Seconds(5));
  EXPECT_THAT(AwaitDeadline(), ElementsAre("kill"));
  EXPECT_THAT(Handle(MainExited{SIGKILL}), IsEmpty());
  EXPECT_THAT(Handle(TreeGone{}),
              ElementsAre("TASK_KILLED: Task killed. Command terminated with signal Killed",
                          "finish sidecars in 2s"));
}

TEST_F(TaskKillTest, AKilledTaskIsKilledWhateverItsExitCode) {
  Run();
  Handle(Kill{.task_id = "t"});
  Handle(PhaseDone{.phase = BEFORE_TERMINATE});
  Handle(MainExited{0});
  EXPECT_EQ(Handle(TreeGone{})[0], "TASK_KILLED: Task killed. Command exited with status 0");
}

TEST_F(TaskKillTest, TheGracePeriodIsTheKillsThenTheTasksThenTheDefault) {
  Run({.kill_grace = absl::Seconds(20)});
  Handle(Kill{.task_id = "t"});
  Handle(PhaseDone{.phase = BEFORE_TERMINATE});
  EXPECT_EQ(TimeLeft(), absl::Seconds(20));
  Pass(absl::Seconds(1));
  Handle(Kill{.task_id = "t", .kill_grace = absl::Seconds(7)});
  EXPECT_EQ(TimeLeft(), absl::Seconds(6)) << "counted from SIGTERM";
  Handle(Kill{.task_id = "t", .kill_grace = absl::Seconds(30)});
  EXPECT_EQ(TimeLeft(), absl::Seconds(6)) << "a repeated KILL only shortens";
  EXPECT_THAT(Handle(Kill{.task_id = "t", .kill_grace = absl::Seconds(1)}), ElementsAre("kill"));
}

TEST_F(TaskKillTest, AGraceOfZeroKillsAtOnce) {
  Run();
  Handle(Kill{.task_id = "t", .kill_grace = absl::ZeroDuration()});
  EXPECT_THAT(Handle(PhaseDone{.phase = BEFORE_TERMINATE}), ElementsAre("kill"));
}

TEST_F(TaskKillTest, A1_14_13_TaskKillingIsSentOnlyToFrameworksThatWantIt) {
  Run();
  EXPECT_THAT(Handle(Kill{.task_id = "t"}), ElementsAre("stop checks", "ask BEFORE_TERMINATE"));
  machine_.emplace(Limits{}, now_);
  Run();
  Handle(Subscribed{.task_killing = true});
  EXPECT_EQ(Handle(Kill{.task_id = "t"})[1], "TASK_KILLING: Task killed");
}

TEST_F(TaskKillTest, AKillBeforeTheStartNeverRunsTheCommand) {
  Handle(Launch{.task_id = "t"});
  EXPECT_THAT(Handle(Kill{.task_id = "t"}),
              ElementsAre("TASK_KILLED: Task killed", "finish sidecars in 2s"));
  EXPECT_THAT(Handle(PhaseDone{.phase = BEFORE_START}), IsEmpty());
}

TEST_F(TaskKillTest, AKillDuringTheExecIsHandledWithoutRunning) {
  Handle(Launch{.task_id = "t"});
  Handle(PhaseDone{.phase = BEFORE_START});
  EXPECT_THAT(Handle(Kill{.task_id = "t"}), ElementsAre("ask BEFORE_TERMINATE"));
  EXPECT_THAT(Handle(Started{}), IsEmpty());
  EXPECT_THAT(Handle(PhaseDone{.phase = BEFORE_TERMINATE}), ElementsAre("terminate"));
}

TEST_F(TaskKillTest, AHoldPassesBetweenDeregistrationAndSigterm) {
  Run();
  Handle(Kill{.task_id = "t"});
  EXPECT_THAT(Handle(PhaseDone{.phase = BEFORE_TERMINATE, .hold = absl::Seconds(3)}), IsEmpty());
  EXPECT_EQ(TimeLeft(), absl::Seconds(3));
  EXPECT_THAT(AwaitDeadline(), ElementsAre("terminate"));
}

TEST_F(TaskKillTest, AHoldIsCapped) {
  Run();
  Handle(Kill{.task_id = "t"});
  Handle(PhaseDone{.phase = BEFORE_TERMINATE, .hold = absl::Hours(1)});
  EXPECT_EQ(TimeLeft(), absl::Minutes(1));
}

TEST_F(TaskKillTest, ARepeatedKillShortensAHoldToo) {
  Run();
  Handle(Kill{.task_id = "t"});
  Handle(PhaseDone{.phase = BEFORE_TERMINATE, .hold = absl::Minutes(1)});
  Handle(Kill{.task_id = "t", .kill_grace = absl::Seconds(2)});
  EXPECT_EQ(TimeLeft(), absl::Seconds(2));
}

TEST_F(TaskKillTest, ALostAgentLeavesAKillItsGrace) {
  Run();
  Handle(Kill{.task_id = "t", .kill_grace = absl::Minutes(1)});
  Handle(PhaseDone{.phase = BEFORE_TERMINATE});
  Handle(AgentLost{"gone"});
  EXPECT_EQ(TimeLeft(), absl::Minutes(1));
}

TEST_F(TaskKillTest, A1_14_11_AShutdownIsOverWithinItsBudget) {
  Run({.kill_grace = absl::Minutes(5)});
  const absl::Time start = now_;
  Handle(Shutdown{});
  EXPECT_EQ(TimeLeft(), absl::Milliseconds(1125)) << "a quarter of 5 s - 0.5 s";
  EXPECT_THAT(AwaitDeadline(), ElementsAre("cancel ask", "terminate"));
  EXPECT_EQ(machine_->deadline() - start, absl::Seconds(4));
  EXPECT_THAT(AwaitDeadline(), ElementsAre("kill"));
  EXPECT_EQ(machine_->deadline() - start, absl::Milliseconds(4250))
      << "room to tell of the unkillable";
  Handle(TreeGone{});
  EXPECT_EQ(machine_->deadline() - start, absl::Milliseconds(4500));
}

TEST_F(TaskKillTest, AShutdownDuringTheKillOfTheUnkillableShortensIt) {
  Run();
  Handle(Kill{.task_id = "t", .kill_grace = absl::ZeroDuration()});
  Handle(PhaseDone{.phase = BEFORE_TERMINATE});
  EXPECT_EQ(TimeLeft(), absl::Seconds(10));
  Handle(Shutdown{});
  EXPECT_EQ(TimeLeft(), absl::Milliseconds(4250));
}

TEST_F(TaskKillTest, AShutdownWithoutAnyTimeStillWaitsForTheTreeToDie) {
  machine_.emplace(Limits{.shutdown_grace = absl::ZeroDuration()}, now_);
  Run();
  Handle(Shutdown{});
  EXPECT_THAT(AwaitDeadline(), ElementsAre("cancel ask", "kill"));
  EXPECT_GT(TimeLeft(), absl::ZeroDuration());
  Handle(MainExited{SIGKILL});
  EXPECT_THAT(Handle(TreeGone{})[0], ::testing::StartsWith("TASK_KILLED"));
  EXPECT_GT(TimeLeft(), absl::ZeroDuration());
}

TEST_F(TaskKillTest, AShutdownShortensAKillInProgress) {
  Run({.kill_grace = absl::Minutes(5)});
  Handle(Kill{.task_id = "t"});
  Handle(Shutdown{});
  EXPECT_EQ(TimeLeft(), absl::Milliseconds(1125));
  Handle(PhaseDone{.phase = BEFORE_TERMINATE});
  EXPECT_EQ(TimeLeft(), absl::Seconds(4));
  Pass(absl::Seconds(1));
  Handle(Shutdown{});
  EXPECT_EQ(TimeLeft(), absl::Seconds(3)) << "a second SHUTDOWN gives no more time";
}

TEST_F(TaskKillTest, WhatTheMainProcessLeavesBehindIsWoundUp) {
  Run();
  Handle(MainExited{0});
  EXPECT_EQ(TimeLeft(), absl::Seconds(1));
  EXPECT_THAT(AwaitDeadline(), ElementsAre("kill"));
  EXPECT_EQ(Handle(TreeGone{})[0], "TASK_FINISHED: Command exited with status 0");
}

TEST_F(TaskKillTest, AKillAfterTheExitChangesNothingButTheTime) {
  Run();
  Handle(MainExited{W_EXITCODE(1, 0)});
  Handle(Kill{.task_id = "t", .kill_grace = absl::ZeroDuration()});
  EXPECT_EQ(Handle(TreeGone{})[0], "TASK_FAILED: Command exited with status 1");
}

TEST_F(TaskKillTest, UnkillableProcessesAreToldAndTheExecutorLeavesWithAnError) {
  Run();
  Handle(Kill{.task_id = "t", .kill_grace = absl::ZeroDuration()});
  Handle(PhaseDone{.phase = BEFORE_TERMINATE});
  now_ = machine_->deadline();
  EXPECT_THAT(
      Handle(DeadlineReached{{"123 (dd, state D)"}, "cgroup"})[0],
      ::testing::HasSubstr(
          "could not be killed and are left to the agent: 123 (dd, state D); held by cgroup"));
  Handle(AllSettled{});
  EXPECT_THAT(Handle(Flushed{}),
              ElementsAre("exit 1: some of the task's processes could not be killed"));
}

TEST_F(TaskKillTest, ALastUpdateThatIsNeverAcknowledgedDoesNotHoldTheExecutorForEver) {
  Run();
  Handle(MainExited{0});
  Handle(TreeGone{});
  Handle(Flushed{});
  EXPECT_EQ(TimeLeft(), absl::Seconds(60));
  EXPECT_THAT(AwaitDeadline(),
              ElementsAre("exit 1: the agent did not acknowledge the last update"));
}

TEST_F(TaskKillTest, ALostAgentEndsTheTaskGracefully) {
  Run();
  EXPECT_THAT(Handle(AgentLost{"the agent is gone"}),
              ElementsAre("stop checks", "ask BEFORE_TERMINATE"));
  Handle(PhaseDone{.phase = BEFORE_TERMINATE});
  Handle(MainExited{SIGTERM});
  Handle(TreeGone{});
  EXPECT_THAT(Handle(Flushed{}), ElementsAre("exit 0: the agent is gone for good"));
}

TEST_F(TaskKillTest, AShimThatDiesIsAFailure) {
  Run();
  EXPECT_THAT(Handle(ShimDied{}), ElementsAre("stop checks", "cancel ask", "kill"));
  EXPECT_EQ(Handle(TreeGone{})[0],
            "TASK_FAILED: The shim died, and the task's processes were killed");
}

TEST_F(TaskKillTest, AShimThatDiesWithAnUnkillableProcessDoesNotHoldTheTaskForEver) {
  Run();
  Handle(ShimDied{});
  EXPECT_EQ(TimeLeft(), absl::Seconds(10));
  EXPECT_THAT(AwaitDeadline()[0], ::testing::HasSubstr("could not be killed"));
}

}  // namespace
}  // namespace mesos_executor::task
