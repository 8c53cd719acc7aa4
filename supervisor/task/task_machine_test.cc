#include "supervisor/task/task_machine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace mesos_executor::task {
namespace {

using lifecycle::v1::BEFORE_START;
using lifecycle::v1::BEFORE_TERMINATE;
using lifecycle::v1::HEALTHY;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using State = TaskMachine::State;

// One line an action, so that an expectation reads like a timeline.
struct Describe {
  std::string operator()(const SendUpdate& a) const {
    return absl::StrCat(mesos::v1::TaskState_Name(a.state),
                        a.healthy ? (*a.healthy ? " healthy" : " unhealthy") : "",
                        a.message.empty() ? "" : ": ", a.message);
  }
  std::string operator()(const AskSidecars& a) const {
    return absl::StrCat("ask ", lifecycle::v1::Phase_Name(a.phase));
  }
  std::string operator()(const CancelAsk&) const { return "cancel ask"; }
  std::string operator()(const FinishSidecars& a) const {
    return absl::StrCat("finish sidecars in ", absl::FormatDuration(a.bound));
  }
  std::string operator()(const LaunchProcess& a) const {
    return absl::StrCat("launch", a.environment.empty() ? "" : " with ",
                        absl::StrJoin(a.environment, ","));
  }
  std::string operator()(const TerminateTree&) const { return "terminate"; }
  std::string operator()(const KillTree&) const { return "kill"; }
  std::string operator()(const StartHealthChecks&) const { return "start checks"; }
  std::string operator()(const StopHealthChecks&) const { return "stop checks"; }
  std::string operator()(const Exit& a) const { return absl::StrCat("exit ", a.code, ": ", a.why); }
};

class TaskMachineTest : public ::testing::Test {
 protected:
  std::vector<std::string> Handle(const Input& input) {
    std::vector<std::string> lines;
    for (const Action& action : machine_.Handle(input, now_)) {
      lines.push_back(std::visit(Describe(), action));
    }
    return lines;
  }
  // Lets time pass until the machine's own deadline.
  std::vector<std::string> AwaitDeadline() {
    EXPECT_LT(machine_.deadline(), absl::InfiniteFuture());
    now_ = machine_.deadline();
    return Handle(DeadlineReached{});
  }
  void Pass(absl::Duration duration) { now_ += duration; }
  absl::Duration TimeLeft() const { return machine_.deadline() - now_; }

  void Run(bool health_check = false, std::optional<absl::Duration> kill_grace = std::nullopt) {
    Handle(Subscribed{});
    Handle(Launch{.task_id = "t", .kill_grace = kill_grace, .health_check = health_check});
    Handle(PhaseDone{.phase = BEFORE_START});
    Handle(Started{});
    ASSERT_EQ(machine_.state(), State::kRunning);
  }

  absl::Time now_ = absl::FromUnixSeconds(1'000'000'000);
  TaskMachine machine_{Limits(), now_};
};

TEST_F(TaskMachineTest, ATaskThatEndsByItselfIsFinished) {
  EXPECT_THAT(Handle(Launch{.task_id = "t"}), ElementsAre("TASK_STARTING", "ask BEFORE_START"));
  EXPECT_THAT(Handle(PhaseDone{.phase = BEFORE_START, .environment = {"A=1"}}),
              ElementsAre("launch with A=1"));
  EXPECT_THAT(Handle(Started{}), ElementsAre("TASK_RUNNING", "ask STARTED"));
  EXPECT_THAT(Handle(MainExited{0}), ElementsAre("stop checks", "cancel ask", "terminate"));
  EXPECT_THAT(Handle(TreeGone{}),
              ElementsAre("TASK_FINISHED: Command exited with status 0", "finish sidecars in 2s"));
  EXPECT_THAT(Handle(AllAcknowledged{}), IsEmpty());
  EXPECT_THAT(Handle(Flushed{}), ElementsAre("exit 0: the last update is acknowledged"));
}

TEST_F(TaskMachineTest, ANonZeroExitAndASignalAreFailures) {
  Run();
  Handle(MainExited{W_EXITCODE(3, 0)});
  EXPECT_EQ(Handle(TreeGone{})[0], "TASK_FAILED: Command exited with status 3");
}

TEST_F(TaskMachineTest, AKillAsksTheSidecarsThenTerminatesThenKills) {
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

TEST_F(TaskMachineTest, AKilledTaskIsKilledWhateverItsExitCode) {
  Run();
  Handle(Kill{.task_id = "t"});
  Handle(PhaseDone{.phase = BEFORE_TERMINATE});
  Handle(MainExited{0});
  EXPECT_EQ(Handle(TreeGone{})[0], "TASK_KILLED: Task killed. Command exited with status 0");
}

TEST_F(TaskMachineTest, TheGracePeriodIsTheKillsThenTheTasksThenTheDefault) {
  Run(false, absl::Seconds(20));
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

TEST_F(TaskMachineTest, AGraceOfZeroKillsAtOnce) {
  Run();
  Handle(Kill{.task_id = "t", .kill_grace = absl::ZeroDuration()});
  EXPECT_THAT(Handle(PhaseDone{.phase = BEFORE_TERMINATE}), ElementsAre("kill"));
}

TEST_F(TaskMachineTest, TaskKillingIsSentOnlyToFrameworksThatWantIt) {
  Run();
  Handle(Subscribed{.task_killing = true});
  EXPECT_EQ(Handle(Kill{.task_id = "t"})[1], "TASK_KILLING: Task killed");
}

TEST_F(TaskMachineTest, AKillBeforeTheStartNeverRunsTheCommand) {
  Handle(Launch{.task_id = "t"});
  EXPECT_THAT(Handle(Kill{.task_id = "t"}),
              ElementsAre("TASK_KILLED: Task killed", "finish sidecars in 2s"));
  EXPECT_THAT(Handle(PhaseDone{.phase = BEFORE_START}), IsEmpty());
}

TEST_F(TaskMachineTest, AKillDuringTheExecIsHandledWithoutRunning) {
  Handle(Launch{.task_id = "t"});
  Handle(PhaseDone{.phase = BEFORE_START});
  EXPECT_THAT(Handle(Kill{.task_id = "t"}), ElementsAre("ask BEFORE_TERMINATE"));
  EXPECT_THAT(Handle(Started{}), IsEmpty());
  EXPECT_THAT(Handle(PhaseDone{.phase = BEFORE_TERMINATE}), ElementsAre("terminate"));
}

TEST_F(TaskMachineTest, ACommandThatCannotBeRunFailsWithoutRunning) {
  Handle(Launch{.task_id = "t"});
  Handle(PhaseDone{.phase = BEFORE_START});
  EXPECT_THAT(Handle(LaunchFailed{"exec /nowhere: No such file or directory"}), IsEmpty());
  EXPECT_EQ(Handle(TreeGone{})[0],
            "TASK_FAILED: Cannot launch task: exec /nowhere: No such file or directory");
}

TEST_F(TaskMachineTest, ARequiredSidecarThatFailsBeforeTheStartFailsTheTask) {
  Handle(Launch{.task_id = "t"});
  EXPECT_THAT(Handle(PhaseDone{.phase = BEFORE_START, .failure = "sidecar x is required: away"}),
              ElementsAre("TASK_FAILED: sidecar x is required: away", "finish sidecars in 2s"));
}

TEST_F(TaskMachineTest, ARequiredSidecarThatFailsWhenHealthyKillsTheTaskAsFailed) {
  Run(true);
  Handle(BecameHealthy{});
  EXPECT_THAT(Handle(PhaseDone{.phase = HEALTHY, .failure = "sidecar x refused"}),
              ElementsAre("stop checks", "ask BEFORE_TERMINATE"));
  Handle(PhaseDone{.phase = BEFORE_TERMINATE});
  Handle(MainExited{SIGTERM});
  EXPECT_EQ(Handle(TreeGone{})[0],
            "TASK_FAILED: sidecar x refused. Command terminated with signal Terminated");
}

TEST_F(TaskMachineTest, HealthIsToldTheAgentFirstThenTheSidecars) {
  Handle(Launch{.task_id = "t", .health_check = true});
  Handle(PhaseDone{.phase = BEFORE_START});
  EXPECT_THAT(Handle(Started{}), ElementsAre("TASK_RUNNING", "ask STARTED", "start checks"));
  EXPECT_THAT(Handle(FailedCheck{"503"}), ElementsAre("TASK_RUNNING unhealthy: 503"));
  EXPECT_THAT(Handle(BecameHealthy{}), ElementsAre("TASK_RUNNING healthy", "ask HEALTHY"));
  EXPECT_THAT(Handle(FailedCheck{"503"}),
              ElementsAre("TASK_RUNNING unhealthy: 503", "ask UNHEALTHY"));
  EXPECT_THAT(Handle(BecameHealthy{}), ElementsAre("TASK_RUNNING healthy", "ask HEALTHY"));
}

TEST_F(TaskMachineTest, AKillForHealthEndsAsFailedAndUnhealthy) {
  Run(true);
  EXPECT_THAT(Handle(FailedCheck{.why = "GET /health: 503", .kill = true}),
              ElementsAre("TASK_RUNNING unhealthy: GET /health: 503", "stop checks",
                          "ask BEFORE_TERMINATE"));
  Handle(PhaseDone{.phase = BEFORE_TERMINATE});
  Handle(MainExited{SIGTERM});
  EXPECT_EQ(Handle(TreeGone{})[0],
            "TASK_FAILED unhealthy: GET /health: 503. Command terminated with signal Terminated");
}

TEST_F(TaskMachineTest, AHoldPassesBetweenDeregistrationAndSigterm) {
  Run();
  Handle(Kill{.task_id = "t"});
  EXPECT_THAT(Handle(PhaseDone{.phase = BEFORE_TERMINATE, .hold = absl::Seconds(3)}), IsEmpty());
  EXPECT_EQ(TimeLeft(), absl::Seconds(3));
  EXPECT_THAT(AwaitDeadline(), ElementsAre("terminate"));
}

TEST_F(TaskMachineTest, AHoldIsCapped) {
  Run();
  Handle(Kill{.task_id = "t"});
  Handle(PhaseDone{.phase = BEFORE_TERMINATE, .hold = absl::Hours(1)});
  EXPECT_EQ(TimeLeft(), absl::Minutes(1));
}

TEST_F(TaskMachineTest, AShutdownIsOverWithinItsBudget) {
  Run(false, absl::Minutes(5));
  const absl::Time start = now_;
  Handle(Shutdown{});
  EXPECT_EQ(TimeLeft(), absl::Milliseconds(1125)) << "a quarter of 5 s - 0.5 s";
  EXPECT_THAT(AwaitDeadline(), ElementsAre("cancel ask", "terminate"));
  EXPECT_EQ(machine_.deadline() - start, absl::Seconds(4));
  EXPECT_THAT(AwaitDeadline(), ElementsAre("kill"));
  EXPECT_EQ(machine_.deadline() - start, absl::Milliseconds(4250))
      << "room to tell of the unkillable";
  Handle(TreeGone{});
  EXPECT_EQ(machine_.deadline() - start, absl::Milliseconds(4500));
}

TEST_F(TaskMachineTest, AShutdownDuringTheKillOfTheUnkillableShortensIt) {
  Run();
  Handle(Kill{.task_id = "t", .kill_grace = absl::ZeroDuration()});
  Handle(PhaseDone{.phase = BEFORE_TERMINATE});
  EXPECT_EQ(TimeLeft(), absl::Seconds(10));
  Handle(Shutdown{});
  EXPECT_EQ(TimeLeft(), absl::Milliseconds(4250));
}

TEST_F(TaskMachineTest, AShutdownWithoutAnyTimeStillWaitsForTheTreeToDie) {
  machine_ = TaskMachine({.shutdown_grace = absl::ZeroDuration()}, now_);
  Run();
  Handle(Shutdown{});
  EXPECT_THAT(AwaitDeadline(), ElementsAre("cancel ask", "kill"));
  EXPECT_GT(TimeLeft(), absl::ZeroDuration());
  Handle(MainExited{SIGKILL});
  EXPECT_THAT(Handle(TreeGone{})[0], ::testing::StartsWith("TASK_KILLED"));
  EXPECT_GT(TimeLeft(), absl::ZeroDuration());
}

TEST_F(TaskMachineTest, AShutdownShortensAKillInProgress) {
  Run(false, absl::Minutes(5));
  Handle(Kill{.task_id = "t"});
  Handle(Shutdown{});
  EXPECT_EQ(TimeLeft(), absl::Milliseconds(1125));
  Handle(PhaseDone{.phase = BEFORE_TERMINATE});
  EXPECT_EQ(TimeLeft(), absl::Seconds(4));
  Pass(absl::Seconds(1));
  Handle(Shutdown{});
  EXPECT_EQ(TimeLeft(), absl::Seconds(3)) << "a second SHUTDOWN gives no more time";
}

TEST_F(TaskMachineTest, WhatTheMainProcessLeavesBehindIsWoundUp) {
  Run();
  Handle(MainExited{0});
  EXPECT_EQ(TimeLeft(), absl::Seconds(1));
  EXPECT_THAT(AwaitDeadline(), ElementsAre("kill"));
  EXPECT_EQ(Handle(TreeGone{})[0], "TASK_FINISHED: Command exited with status 0");
}

TEST_F(TaskMachineTest, AKillAfterTheExitChangesNothingButTheTime) {
  Run();
  Handle(MainExited{W_EXITCODE(1, 0)});
  Handle(Kill{.task_id = "t", .kill_grace = absl::ZeroDuration()});
  EXPECT_EQ(Handle(TreeGone{})[0], "TASK_FAILED: Command exited with status 1");
}

TEST_F(TaskMachineTest, UnkillableProcessesAreToldAndTheExecutorLeavesWithAnError) {
  Run();
  Handle(Kill{.task_id = "t", .kill_grace = absl::ZeroDuration()});
  Handle(PhaseDone{.phase = BEFORE_TERMINATE});
  now_ = machine_.deadline();
  EXPECT_THAT(
      Handle(DeadlineReached{{"123 (dd, state D)"}})[0],
      ::testing::HasSubstr("could not be killed and are left to the agent: 123 (dd, state D)"));
  Handle(AllAcknowledged{});
  EXPECT_THAT(Handle(Flushed{}),
              ElementsAre("exit 1: some of the task's processes could not be killed"));
}

TEST_F(TaskMachineTest, ALastUpdateThatIsNeverAcknowledgedDoesNotHoldTheExecutorForEver) {
  Run();
  Handle(MainExited{0});
  Handle(TreeGone{});
  Handle(Flushed{});
  EXPECT_EQ(TimeLeft(), absl::Seconds(60));
  EXPECT_THAT(AwaitDeadline(),
              ElementsAre("exit 1: the agent did not acknowledge the last update"));
}

TEST_F(TaskMachineTest, WhileTheAgentIsAwayTheLastUpdateWaits) {
  Run();
  Handle(Disconnected{});
  Handle(MainExited{0});
  Handle(TreeGone{});
  Handle(Flushed{});
  EXPECT_EQ(machine_.deadline(), absl::InfiniteFuture());
  Handle(Subscribed{});
  EXPECT_EQ(TimeLeft(), absl::Seconds(60));
  Handle(Disconnected{});
  EXPECT_THAT(Handle(AgentLost{"recovery timed out"}),
              ElementsAre("exit 0: the agent is gone for good"));
}

TEST_F(TaskMachineTest, ALostAgentEndsTheTaskGracefully) {
  Run();
  EXPECT_THAT(Handle(AgentLost{"the agent is gone"}),
              ElementsAre("stop checks", "ask BEFORE_TERMINATE"));
  Handle(PhaseDone{.phase = BEFORE_TERMINATE});
  Handle(MainExited{SIGTERM});
  Handle(TreeGone{});
  EXPECT_THAT(Handle(Flushed{}), ElementsAre("exit 0: the agent is gone for good"));
}

TEST_F(TaskMachineTest, OtherTasksAreAnsweredAndChangeNothing) {
  EXPECT_THAT(Handle(Kill{.task_id = "early"}),
              ElementsAre("TASK_KILLED: Task is unknown to the executor"));
  EXPECT_THAT(Handle(Launch{.task_id = "early"}),
              ElementsAre("TASK_KILLED: Task was killed before it was launched"));
  Run();
  EXPECT_THAT(Handle(Launch{.task_id = "t"}), IsEmpty());
  EXPECT_THAT(Handle(Launch{.task_id = "u"}),
              ElementsAre("TASK_FAILED: This executor runs one task, and has t"));
  EXPECT_EQ(machine_.state(), State::kRunning);
}

TEST_F(TaskMachineTest, EachTaskOfAGroupIsRefused) {
  EXPECT_THAT(Handle(LaunchGroup{{"a", "b"}}),
              ElementsAre("TASK_FAILED: This executor runs one task, and no task groups",
                          "TASK_FAILED: This executor runs one task, and no task groups"));
  EXPECT_EQ(machine_.state(), State::kIdle);
}

TEST_F(TaskMachineTest, AnExecutorWithoutATaskLeaves) {
  EXPECT_THAT(AwaitDeadline(), ElementsAre("exit 0: nothing was launched within 5m"));
}

TEST_F(TaskMachineTest, AShutdownBeforeTheLaunchLeavesAtOnce) {
  EXPECT_THAT(Handle(Shutdown{}), ElementsAre("exit 0: shut down before any task was launched"));
}

TEST_F(TaskMachineTest, AnAgentThatWasNeverReachedIsAnError) {
  EXPECT_THAT(Handle(AgentLost{"cannot reach the agent"}),
              ElementsAre("exit 1: cannot reach the agent"));
}

TEST_F(TaskMachineTest, AShimThatDiesIsAFailure) {
  Run();
  EXPECT_THAT(Handle(ShimDied{}), ElementsAre("stop checks", "cancel ask", "kill"));
  EXPECT_EQ(Handle(TreeGone{})[0],
            "TASK_FAILED: The shim died, and the task's processes were killed");
}

TEST_F(TaskMachineTest, AShimThatDiesWithAnUnkillableProcessDoesNotHoldTheTaskForEver) {
  Run();
  Handle(ShimDied{});
  EXPECT_EQ(TimeLeft(), absl::Seconds(10));
  EXPECT_THAT(AwaitDeadline()[0], ::testing::HasSubstr("could not be killed"));
}

TEST_F(TaskMachineTest, ACommandThatMakesNoSenseFailsWithoutAskingAnySidecar) {
  EXPECT_THAT(Handle(Launch{.task_id = "t", .invalid = "no command"}),
              ElementsAre("TASK_STARTING", "TASK_FAILED: Cannot launch task: no command",
                          "finish sidecars in 2s"));
}

}  // namespace
}  // namespace mesos_executor::task
