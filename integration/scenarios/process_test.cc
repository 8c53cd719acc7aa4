// The task's processes: how they can fail to begin, what is told of how they ended, and what a kill
// is worth against them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "integration/scenarios/eventually.h"
#include "integration/scenarios/scenario.h"
#include "integration/scenarios/test_cgroup.h"

namespace mesos_executor {
namespace {

using dev_agent::AgentEvent;
using dev_agent::CommandIn;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr char kTasks[] = "integration/testtasks/";

bool AwaitReady(const Scenario& scenario) {
  return Eventually(
      [&] { return absl::StartsWith(scenario.ReadSandboxFile("stdout"), "ready\n"); });
}

// Without a shell.
void StartProgram(Scenario& scenario, const std::string& program) {
  scenario.launch().task.mutable_command()->set_shell(false);
  scenario.launch().task.mutable_command()->set_value(program);
  scenario.Start("unused");
}

// The only updates of a task that could not be started.
auto NeverRan(const std::string& step, const std::string& error) {
  return ElementsAre("TASK_STARTING", AllOf(StartsWith("TASK_FAILED: Cannot launch task: " + step),
                                            HasSubstr(error)));
}

TEST(ExecErrorTest, NamesAProgramThatMayNotBeExecuted) {
  Scenario scenario;
  const std::string program = scenario.folder() + "/program";
  std::ofstream(program) << "#!/bin/sh\n";
  StartProgram(scenario, program);
  EXPECT_EQ(scenario.AwaitExecutor(), 0);
  EXPECT_THAT(scenario.States(), NeverRan("exec " + program, "Permission denied"));
}

TEST(ExecErrorTest, NamesAnInterpreterThatIsMissing) {
  Scenario scenario;
  const std::string program = scenario.folder() + "/program";
  std::ofstream(program) << "#!/no/such/interpreter\n";
  ASSERT_EQ(chmod(program.c_str(), 0755), 0);
  StartProgram(scenario, program);
  EXPECT_EQ(scenario.AwaitExecutor(), 0);
  EXPECT_THAT(scenario.States(), NeverRan("exec " + program, "No such file or directory"));
}

TEST(ExecErrorTest, NamesAUserThatThisMachineDoesNotHave) {
  Scenario scenario;
  scenario.launch().task.mutable_command()->set_user("no-such-user");
  scenario.Start("true", CommandIn::kTask);
  EXPECT_EQ(scenario.AwaitExecutor(), 0);
  EXPECT_THAT(scenario.States(), NeverRan("", "no-such-user"));
}

TEST(ExecErrorTest, NamesTheStepThatAnotherUserMayNotTake) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root, to become somebody else";
  Scenario scenario;
  scenario.RunAs("nobody");
  scenario.launch().task.mutable_command()->set_user("root");
  scenario.Start("true", CommandIn::kTask);
  EXPECT_EQ(scenario.AwaitExecutor(), 0);
  EXPECT_THAT(scenario.States(), NeverRan("setgroups for user root", "Operation not permitted"));
}

TEST(EndTest, ASignalIsTold) {
  Scenario scenario;
  scenario.Start("ulimit -c 0; kill -SEGV $$");
  EXPECT_EQ(scenario.AwaitExecutor(), 0);
  EXPECT_EQ(scenario.States().back(),
            "TASK_FAILED: Command terminated with signal Segmentation fault");
}

TEST(EndTest, ACoreDumpIsTold) {
  std::ifstream file("/proc/sys/kernel/core_pattern");
  std::string pattern;
  std::getline(file, pattern);
  if (pattern.empty() || pattern[0] == '|' || pattern[0] == '/') {
    GTEST_SKIP() << "needs core files in the working directory; kernel.core_pattern=" << pattern;
  }
  Scenario scenario;
  scenario.Start("ulimit -c unlimited && kill -SEGV $$");
  EXPECT_EQ(scenario.AwaitExecutor(), 0);
  EXPECT_EQ(scenario.States().back(),
            "TASK_FAILED: Command terminated with signal Segmentation fault (core dumped)");
}

TEST(EndTest, AKillForLackOfMemoryIsTold) {
  if (!TestCgroup::MayBeMade("memory")) GTEST_SKIP() << "needs v1's memory controller, and root";
  absl::StatusOr<std::unique_ptr<TestCgroup>> memory = TestCgroup::Create("memory");
  ASSERT_TRUE(memory.ok()) << memory.status();
  (*memory)->Write("memory.limit_in_bytes", "256M");
  Scenario scenario;
  scenario.StartInside(memory->get());
  scenario.Start(absl::StrCat("exec ", DataPath(kTasks), "eats_memory once"));
  EXPECT_EQ(scenario.AwaitExecutor(), 0);
  EXPECT_EQ(scenario.States().back(),
            "TASK_FAILED: Command terminated with signal Killed. Out of memory: the kernel killed "
            "1 process of the container");
  EXPECT_EQ(scenario.agent().updates().back().reason(),
            mesos::v1::TaskStatus::REASON_CONTAINER_LIMITATION_MEMORY);
}

TEST(KillTest, AStoppedProcessIsContinuedSoThatItActsOnSigterm) {
  Scenario scenario;
  scenario.Start(absl::StrCat("exec ", DataPath(kTasks), "stops_itself"));
  ASSERT_TRUE(AwaitReady(scenario));
  // Only its own handler ends it within the watchdog's time.
  scenario.agent().Kill(absl::Hours(1));
  EXPECT_EQ(scenario.AwaitExecutor(), 0);
  EXPECT_EQ(scenario.States().back(), "TASK_KILLED: Task killed. Command exited with status 7");
}

TEST(KillTest, ALaterKillNeverLengthensTheGracePeriod) {
  Scenario scenario;
  scenario.Start(absl::StrCat("exec ", DataPath(kTasks), "ignores_sigterm"));
  ASSERT_TRUE(AwaitReady(scenario));
  scenario.agent().Kill(absl::Seconds(1));
  ASSERT_TRUE(scenario.agent().WaitForUpdate(mesos::v1::TASK_KILLING));
  scenario.agent().Kill(absl::Hours(1));
  EXPECT_EQ(scenario.AwaitExecutor(), 0);
  EXPECT_EQ(scenario.States().back(),
            "TASK_KILLED: Task killed. Command terminated with signal Killed");
}

TEST(KillTest, AKillNeedsNoGraceToReachWhatHasLeftEverySessionAndGroup) {
  Scenario scenario;
  scenario.Start(absl::StrCat("exec ", DataPath(kTasks), "reforks 12"));
  ASSERT_TRUE(AwaitReady(scenario));
  scenario.agent().Kill(absl::ZeroDuration());
  ASSERT_TRUE(scenario.agent().WaitForUpdate(mesos::v1::TASK_KILLED));
  EXPECT_THAT(scenario.TaskProcesses(), IsEmpty());
  EXPECT_EQ(scenario.AwaitExecutor(), 0);
}

// A health check by a command, which is run once.
void CheckOnceBy(const std::string& command, Scenario& scenario) {
  auto* check = scenario.launch().task.mutable_health_check();
  check->set_type(mesos::v1::HealthCheck::COMMAND);
  check->mutable_command()->set_value(command);
  check->set_delay_seconds(0);
  check->set_interval_seconds(3600);
  check->set_timeout_seconds(60);
}

TEST(CheckCommandTest, ItsDaemonsLiveNoLongerThanItself) {
  Scenario scenario;
  CheckOnceBy(absl::StrCat(DataPath(kTasks), "daemonizes 0"), scenario);
  scenario.Start("exec sleep 3600");
  ASSERT_TRUE(scenario.agent().WaitFor([](const std::vector<AgentEvent>& events) {
    return std::any_of(events.begin(), events.end(),
                       [](const AgentEvent& event) { return event.status.healthy(); });
  }));
  EXPECT_TRUE(Eventually([&] { return scenario.TaskProcesses().size() == 1; }))
      << "more than the task lives on";
  scenario.agent().Kill();
  EXPECT_EQ(scenario.AwaitExecutor(), 0);
  EXPECT_THAT(scenario.States().back(), StartsWith("TASK_KILLED"));
}

TEST(CheckCommandTest, ItIsNotTheTask) {
  Scenario scenario;
  CheckOnceBy(absl::StrCat(DataPath(kTasks), "daemonizes"), scenario);
  scenario.Start("mkfifo door; read -r line <door; exit 0");
  ASSERT_TRUE(scenario.agent().WaitForUpdate(mesos::v1::TASK_RUNNING));
  ASSERT_TRUE(
      Eventually([&] { return access((scenario.sandbox() + "/door").c_str(), W_OK) == 0; }));
  std::ofstream(scenario.sandbox() + "/door") << "\n";
  EXPECT_EQ(scenario.AwaitExecutor(), 0);
  EXPECT_THAT(scenario.States().back(), StartsWith("TASK_FINISHED"));
  EXPECT_TRUE(Eventually([&] { return scenario.TaskProcesses().empty(); }));
}

}  // namespace
}  // namespace mesos_executor
