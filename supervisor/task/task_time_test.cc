// Tasks whose own time is over, and tasks that are asked to stop before they are signalled.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include "supervisor/task/machine_fixture.h"

namespace mesos_executor::task {
namespace {

using lifecycle::v1::BEFORE_START;
using lifecycle::v1::BEFORE_TERMINATE;
using mesos::v1::TaskStatus;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using State = TaskMachine::State;

class TaskTimeTest : public MachineFixture {};

TEST_F(TaskTimeTest, MaxCompletionTimeCountsFromTheLaunchAndGivesNoGrace) {
  Handle(Subscribed{.task_killing = true});
  Handle(Launch{.task_id = "t", .max_completion = absl::Seconds(10)});
  Pass(absl::Seconds(1));
  Handle(PhaseDone{.phase = BEFORE_START});
  Handle(Started{});
  EXPECT_EQ(TimeLeft(), absl::Seconds(9));
  EXPECT_THAT(AwaitDeadline(), ElementsAre("stop checks", "ask BEFORE_TERMINATE"));
  EXPECT_THAT(Handle(PhaseDone{.phase = BEFORE_TERMINATE}), ElementsAre("kill"));
  Handle(MainExited{SIGKILL});
  EXPECT_EQ(Handle(TreeGone{})[0],
            "TASK_FAILED: Task killed: its max_completion_time of 10s is over. "
            "Command terminated with signal Killed");
}

TEST_F(TaskTimeTest, MaxCompletionTimeHasItsReason) {
  Run({.max_completion = absl::Seconds(10)});
  AwaitDeadline();
  EXPECT_EQ(ReasonOf(TreeGone{}), TaskStatus::REASON_MAX_COMPLETION_TIME_REACHED);
}

TEST_F(TaskTimeTest, MaxCompletionTimeAlsoEndsATaskThatWaitsForItsSidecars) {
  Handle(Launch{.task_id = "t", .max_completion = absl::Seconds(10)});
  EXPECT_THAT(AwaitDeadline(),
              ElementsAre("TASK_FAILED: Task killed: its max_completion_time of 10s is over",
                          "finish sidecars in 2s"));
}

TEST_F(TaskTimeTest, ATaskThatEndsInTimeIsFinished) {
  Run({.max_completion = absl::Seconds(10)});
  Handle(MainExited{0});
  EXPECT_EQ(Handle(TreeGone{})[0], "TASK_FINISHED: Command exited with status 0");
}

TEST_F(TaskTimeTest, ATaskThatExpiresIsKilledWithItsGrace) {
  Run({.expires_in = absl::Hours(1), .expires_why = "its certificate expires"});
  EXPECT_EQ(TimeLeft(), absl::Hours(1));
  AwaitDeadline();
  Handle(PhaseDone{.phase = BEFORE_TERMINATE});
  EXPECT_EQ(TimeLeft(), absl::Seconds(5));
  EXPECT_EQ(Handle(TreeGone{})[0], "TASK_KILLED: Task killed: its certificate expires");
}

TEST_F(TaskTimeTest, RequestsToStopComeBeforeSigterm) {
  Run({.kill_grace = absl::Seconds(9), .stop_requests = 2});
  Handle(Kill{.task_id = "t"});
  EXPECT_THAT(Handle(PhaseDone{.phase = BEFORE_TERMINATE}), ElementsAre("request stop 0"));
  EXPECT_EQ(TimeLeft(), absl::Seconds(3));
  EXPECT_THAT(AwaitDeadline(), ElementsAre("request stop 1"));
  EXPECT_THAT(AwaitDeadline(), ElementsAre("terminate"));
  EXPECT_THAT(AwaitDeadline(), ElementsAre("kill"));
}

TEST_F(TaskTimeTest, ATaskThatActsOnARequestIsNotSignalled) {
  Run({.stop_requests = 2});
  Handle(Kill{.task_id = "t"});
  Handle(PhaseDone{.phase = BEFORE_TERMINATE});
  EXPECT_EQ(Handle(TreeGone{})[0], "TASK_KILLED: Task killed");
}

TEST_F(TaskTimeTest, WhatAnObedientMainProcessLeavesIsTerminated) {
  Run({.stop_requests = 1});
  Handle(Kill{.task_id = "t"});
  Handle(PhaseDone{.phase = BEFORE_TERMINATE});
  EXPECT_THAT(Handle(MainExited{0}), ElementsAre("terminate"));
}

TEST_F(TaskTimeTest, ARequestThatFailsCostsNoTime) {
  Run({.stop_requests = 2});
  Handle(Kill{.task_id = "t"});
  Handle(PhaseDone{.phase = BEFORE_TERMINATE});
  EXPECT_THAT(Handle(StopRefused{}), ElementsAre("request stop 1"));
  EXPECT_THAT(Handle(StopRefused{}), ElementsAre("terminate"));
  EXPECT_THAT(Handle(StopRefused{}), IsEmpty());
}

TEST_F(TaskTimeTest, AShutdownShortensTheRequestsToo) {
  Run({.kill_grace = absl::Minutes(1), .stop_requests = 1});
  Handle(Kill{.task_id = "t"});
  Handle(PhaseDone{.phase = BEFORE_TERMINATE});
  EXPECT_EQ(TimeLeft(), absl::Seconds(5));
  Handle(Shutdown{});
  EXPECT_EQ(TimeLeft(), absl::Seconds(2)) << "half of 5 s - 0.5 s - 0.5 s";
}

TEST_F(TaskTimeTest, WithoutGraceThereIsNoRequest) {
  Run({.stop_requests = 2});
  Handle(Kill{.task_id = "t", .kill_grace = absl::ZeroDuration()});
  EXPECT_THAT(Handle(PhaseDone{.phase = BEFORE_TERMINATE}), ElementsAre("kill"));
}

TEST_F(TaskTimeTest, AKillForLackOfMemoryIsToldApart) {
  Run();
  Handle(MainExited{.wait_status = SIGKILL, .oom_kills = 2});
  const std::vector<Action> actions = machine_->Handle(TreeGone{}, now_);
  const auto& update = std::get<SendUpdate>(actions[0]);
  EXPECT_EQ(update.message,
            "Command terminated with signal Killed. Out of memory: the kernel killed 2 processes "
            "of the container");
  EXPECT_EQ(update.reason, TaskStatus::REASON_CONTAINER_LIMITATION_MEMORY);
}

TEST_F(TaskTimeTest, AKillForLackOfMemoryExplainsNoOtherEnd) {
  Run();
  Handle(MainExited{.wait_status = W_EXITCODE(1, 0), .oom_kills = 1});
  const std::vector<Action> actions = machine_->Handle(TreeGone{}, now_);
  const auto& update = std::get<SendUpdate>(actions[0]);
  EXPECT_EQ(update.message, "Command exited with status 1");
  EXPECT_FALSE(update.reason.has_value());
}

TEST_F(TaskTimeTest, AShellTellsOfAChildThatWasKilledForLackOfMemory) {
  Run();
  Handle(MainExited{.wait_status = W_EXITCODE(137, 0), .oom_kills = 1});
  EXPECT_EQ(ReasonOf(TreeGone{}), TaskStatus::REASON_CONTAINER_LIMITATION_MEMORY);
}

TEST_F(TaskTimeTest, AKillOfOursIsNoLackOfMemory) {
  Run();
  Handle(Kill{.task_id = "t"});
  Handle(MainExited{.wait_status = SIGKILL, .oom_kills = 1});
  EXPECT_EQ(ReasonOf(TreeGone{}), std::nullopt);
}

}  // namespace
}  // namespace mesos_executor::task
