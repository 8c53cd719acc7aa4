// A task from its launch to its last update.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include "supervisor/task/machine_fixture.h"

namespace mesos_executor::task {
namespace {

using lifecycle::v1::BEFORE_START;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using State = TaskMachine::State;

class TaskLifeTest : public MachineFixture {};

TEST_F(TaskLifeTest, ATaskThatEndsByItselfIsFinished) {
  EXPECT_THAT(Handle(Launch{.task_id = "t"}), ElementsAre("TASK_STARTING", "ask BEFORE_START"));
  EXPECT_THAT(Handle(PhaseDone{.phase = BEFORE_START, .environment = {"A=1"}}),
              ElementsAre("launch with A=1"));
  EXPECT_THAT(Handle(Started{}), ElementsAre("TASK_RUNNING", "ask STARTED", "start checks"));
  EXPECT_THAT(Handle(MainExited{0}), ElementsAre("stop checks", "cancel ask", "terminate"));
  EXPECT_THAT(Handle(TreeGone{}),
              ElementsAre("TASK_FINISHED: Command exited with status 0", "finish sidecars in 2s"));
  EXPECT_THAT(Handle(AllSettled{}), IsEmpty());
  EXPECT_THAT(Handle(Flushed{}), ElementsAre("exit 0: the last update is acknowledged"));
}

TEST_F(TaskLifeTest, A1_14_10_TheOneTerminalUpdateWaitsUntilNoProcessIsLeft) {
  Run();
  EXPECT_THAT(Handle(MainExited{0}), ElementsAre("stop checks", "cancel ask", "terminate"));
  EXPECT_THAT(AwaitDeadline(), ElementsAre("kill"));
  EXPECT_EQ(Handle(TreeGone{})[0], "TASK_FINISHED: Command exited with status 0");
  EXPECT_THAT(Handle(TreeGone{}), IsEmpty());
  EXPECT_THAT(Handle(Kill{.task_id = "t"}), IsEmpty());
}

TEST_F(TaskLifeTest, ANonZeroExitAndASignalAreFailures) {
  Run();
  Handle(MainExited{W_EXITCODE(3, 0)});
  EXPECT_EQ(Handle(TreeGone{})[0], "TASK_FAILED: Command exited with status 3");
}

TEST_F(TaskLifeTest, ACommandThatCannotBeRunFailsWithoutRunning) {
  Handle(Launch{.task_id = "t"});
  Handle(PhaseDone{.phase = BEFORE_START});
  EXPECT_THAT(Handle(LaunchFailed{"exec /nowhere: No such file or directory"}), IsEmpty());
  EXPECT_EQ(Handle(TreeGone{})[0],
            "TASK_FAILED: Cannot launch task: exec /nowhere: No such file or directory");
}

TEST_F(TaskLifeTest, ARequiredSidecarThatFailsBeforeTheStartFailsTheTask) {
  Handle(Launch{.task_id = "t"});
  EXPECT_THAT(Handle(PhaseDone{.phase = BEFORE_START, .failure = "sidecar x is required: away"}),
              ElementsAre("TASK_FAILED: sidecar x is required: away", "finish sidecars in 2s"));
}

TEST_F(TaskLifeTest, ALastUpdateThatWasRefusedIsNoGoodEnd) {
  Run();
  Handle(MainExited{0});
  Handle(TreeGone{});
  Handle(Flushed{});
  EXPECT_THAT(Handle(AllSettled{.terminal_refused = true}),
              ElementsAre("exit 1: the agent refused the last update"));
}

TEST_F(TaskLifeTest, WhileTheAgentIsAwayTheLastUpdateWaits) {
  Run();
  Handle(Disconnected{});
  Handle(MainExited{0});
  Handle(TreeGone{});
  Handle(Flushed{});
  EXPECT_EQ(machine_->deadline(), absl::InfiniteFuture());
  Handle(Subscribed{});
  EXPECT_EQ(TimeLeft(), absl::Seconds(60));
  Handle(Disconnected{});
  EXPECT_THAT(Handle(AgentLost{"recovery timed out"}),
              ElementsAre("exit 0: the agent is gone for good"));
}

TEST_F(TaskLifeTest, OtherTasksAreAnsweredAndChangeNothing) {
  EXPECT_THAT(Handle(Kill{.task_id = "early"}),
              ElementsAre("TASK_KILLED: Task is unknown to the executor"));
  EXPECT_THAT(Handle(Launch{.task_id = "early"}),
              ElementsAre("TASK_KILLED: Task was killed before it was launched"));
  Run();
  EXPECT_THAT(Handle(Launch{.task_id = "t"}), IsEmpty());
  EXPECT_THAT(Handle(Launch{.task_id = "u"}),
              ElementsAre("TASK_FAILED: This executor runs one task, and has t"));
  EXPECT_EQ(machine_->state(), State::kRunning);
}

TEST_F(TaskLifeTest, EachTaskOfAGroupIsRefused) {
  EXPECT_THAT(Handle(LaunchGroup{{"a", "b"}}),
              ElementsAre("TASK_FAILED: This executor runs one task, and no task groups",
                          "TASK_FAILED: This executor runs one task, and no task groups"));
  EXPECT_EQ(machine_->state(), State::kIdle);
}

TEST_F(TaskLifeTest, AnExecutorWithoutATaskLeaves) {
  EXPECT_THAT(AwaitDeadline(), ElementsAre("exit 0: nothing was launched within 5m"));
}

TEST_F(TaskLifeTest, AShutdownBeforeTheLaunchLeavesAtOnce) {
  EXPECT_THAT(Handle(Shutdown{}), ElementsAre("exit 0: shut down before any task was launched"));
}

TEST_F(TaskLifeTest, AnAgentThatWasNeverReachedIsAnError) {
  EXPECT_THAT(Handle(AgentLost{"cannot reach the agent"}),
              ElementsAre("exit 1: cannot reach the agent"));
}

TEST_F(TaskLifeTest, ACommandThatMakesNoSenseFailsWithoutAskingAnySidecar) {
  EXPECT_THAT(Handle(Launch{.task_id = "t", .invalid = "no command"}),
              ElementsAre("TASK_STARTING", "TASK_FAILED: Cannot launch task: no command",
                          "finish sidecars in 2s"));
}

}  // namespace
}  // namespace mesos_executor::task
