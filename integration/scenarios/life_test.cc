// A task's life without sidecars: how it may begin, end and be ended.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>

#include "absl/strings/match.h"
#include "integration/scenarios/eventually.h"
#include "integration/scenarios/scenario.h"

namespace mesos_executor {
namespace {

using dev_agent::AgentEvent;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

TEST(LifeTest, ATaskThatExitsWithZeroIsFinished) {
  Scenario scenario;
  scenario.Start("true");
  EXPECT_EQ(scenario.AwaitExecutor(), 0);
  EXPECT_THAT(scenario.States(), ElementsAre("TASK_STARTING", "TASK_RUNNING",
                                             "TASK_FINISHED: Command exited with status 0"));
}

TEST(LifeTest, ATaskThatExitsWithAnythingElseIsFailed) {
  Scenario scenario;
  scenario.Start("exit 3");
  EXPECT_EQ(scenario.AwaitExecutor(), 0);
  EXPECT_EQ(scenario.States().back(), "TASK_FAILED: Command exited with status 3");
}

TEST(LifeTest, ATaskThatIsKilledDiesBySigtermAndTheWaitEndsWithIt) {
  Scenario scenario;
  // Waits without a child: a TERM that comes between fork and exec is lost on one.
  scenario.Start(
      "mkfifo never; trap 'echo got TERM; exit 0' TERM; echo ready; read -r line <>never");
  ASSERT_TRUE(scenario.agent().WaitForUpdate(mesos::v1::TASK_RUNNING));
  // A KILL may find the shell before its trap is set: TERM would then end it, which is right too,
  // but not what this shows.
  const auto ready = [&] { return absl::StrContains(scenario.ReadSandboxFile("stdout"), "ready"); };
  ASSERT_TRUE(Eventually(ready));
  // Without the early end of the wait the watchdog of AwaitExecutor would bark.
  scenario.agent().Kill(absl::Hours(1));
  EXPECT_EQ(scenario.AwaitExecutor(), 0);
  EXPECT_EQ(scenario.States().back(), "TASK_KILLED: Task killed. Command exited with status 0");
  EXPECT_THAT(scenario.ReadSandboxFile("stdout"), HasSubstr("got TERM"));
  EXPECT_THAT(scenario.TaskProcesses(), IsEmpty());
}

TEST(LifeTest, ATaskThatIgnoresSigtermIsKilledAfterItsGracePeriod) {
  Scenario scenario;
  scenario.Start("trap '' TERM; sleep 3600");
  ASSERT_TRUE(scenario.agent().WaitForUpdate(mesos::v1::TASK_RUNNING));
  scenario.agent().Kill(absl::Milliseconds(1));
  EXPECT_EQ(scenario.AwaitExecutor(), 0);
  EXPECT_THAT(scenario.States().back(),
              StartsWith("TASK_KILLED: Task killed. Command terminated with signal"));
  EXPECT_THAT(scenario.TaskProcesses(), IsEmpty());
}

TEST(LifeTest, AShutdownEndsInTaskKilled) {
  Scenario scenario;
  scenario.Start("sleep 3600");
  ASSERT_TRUE(scenario.agent().WaitForUpdate(mesos::v1::TASK_RUNNING));
  scenario.agent().Shutdown();
  EXPECT_EQ(scenario.AwaitExecutor(), 0);
  EXPECT_THAT(scenario.States().back(),
              StartsWith("TASK_KILLED: Task killed: the executor was shut down"));
  EXPECT_THAT(scenario.TaskProcesses(), IsEmpty());
}

TEST(LifeTest, ADaemonThatTheTaskLeavesBehindIsKilledBeforeTheLastUpdate) {
  Scenario scenario;
  scenario.Start("(setsid sh -c 'trap \"\" TERM; sleep 3600' &) ; exit 0",
                 dev_agent::CommandIn::kTask);
  ASSERT_TRUE(scenario.agent().WaitForUpdate(mesos::v1::TASK_FINISHED));
  EXPECT_THAT(scenario.TaskProcesses(), IsEmpty());
  EXPECT_EQ(scenario.AwaitExecutor(), 0);
}

TEST(LifeTest, KillMinusNineOfTheSupervisorLeavesNoProcessOfTheTask) {
  Scenario scenario;
  scenario.RunHttpService("--daemon");
  scenario.Start();
  ASSERT_TRUE(scenario.agent().WaitFor([](const std::vector<AgentEvent>& events) {
    return !events.empty() && events.back().kind == AgentEvent::kEventSent && events.size() > 1 &&
           std::any_of(events.begin(), events.end(),
                       [](const AgentEvent& e) { return e.status.healthy(); });
  }));
  const std::vector<pid_t> processes = scenario.TaskProcesses();
  ASSERT_GE(processes.size(), 2u) << "the service and its daemon";
  ASSERT_EQ(kill(scenario.agent().executor_pid(), SIGKILL), 0);
  for (const pid_t pid : processes) EXPECT_TRUE(AwaitExit(pid)) << pid;
  EXPECT_THAT(scenario.TaskProcesses(), IsEmpty());
}

TEST(LifeTest, ACommandThatDoesNotExistFailsWithoutRunning) {
  Scenario scenario;
  scenario.launch().task.mutable_command()->set_shell(false);
  scenario.launch().task.mutable_command()->set_value("/no/such/program");
  scenario.Start("unused");
  EXPECT_EQ(scenario.AwaitExecutor(), 0);
  EXPECT_THAT(scenario.States(),
              ElementsAre("TASK_STARTING", AllOf(StartsWith("TASK_FAILED: Cannot launch task: "),
                                                 HasSubstr("/no/such/program"),
                                                 HasSubstr("No such file or directory"))));
}

TEST(LifeTest, ATaskWithoutACommandFailsWithAClearMessage) {
  Scenario scenario;
  scenario.Start("");
  EXPECT_EQ(scenario.AwaitExecutor(), 0);
  EXPECT_THAT(scenario.States().back(), HasSubstr("the task has no command: set TaskInfo.command"));
}

TEST(LifeTest, TheTaskSeesNoSecretOfOurs) {
  Scenario scenario;
  scenario.Set("CONSUL_TOKEN", "s3cr3t");
  scenario.Set("ALLEGRO_EXECUTOR_DEBUG", "true");
  scenario.Set("OF_THE_TASK", "1");
  // Neither in its own environment nor in that of the supervisor, its grandparent by way of the
  // shim.
  scenario.Start(
      "env; for f in /proc/[0-9]*/environ; do tr '\\0' '\\n' < $f; done 2>/dev/null | grep -c "
      "s3cr3t; true");
  EXPECT_EQ(scenario.AwaitExecutor(), 0);
  const std::string seen = scenario.ReadSandboxFile("stdout");
  EXPECT_THAT(seen, HasSubstr("OF_THE_TASK=1"));
  EXPECT_THAT(seen, HasSubstr("MESOS_SANDBOX="));
  EXPECT_THAT(seen, ::testing::Not(HasSubstr("CONSUL_TOKEN")));
  EXPECT_THAT(seen, ::testing::Not(HasSubstr("ALLEGRO_EXECUTOR_")));
}

TEST(LifeTest, HealthIsToldTheFramework) {
  Scenario scenario;
  scenario.RunHttpService();
  scenario.Start();
  ASSERT_TRUE(scenario.agent().WaitFor([](const std::vector<AgentEvent>& events) {
    return std::any_of(events.begin(), events.end(),
                       [](const AgentEvent& e) { return e.status.healthy(); });
  }));
  scenario.agent().Kill();
  EXPECT_EQ(scenario.AwaitExecutor(), 0);
  EXPECT_EQ(scenario.States()[2], "TASK_RUNNING healthy");
}

TEST(LifeTest, ATaskThatIsNeverHealthyIsKilledAsFailed) {
  Scenario scenario;
  scenario.RunHttpService();
  scenario.launch().task.mutable_health_check()->set_grace_period_seconds(0);
  scenario.launch().task.mutable_health_check()->set_consecutive_failures(2);
  scenario.Start("sleep 3600");
  EXPECT_EQ(scenario.AwaitExecutor(), 0);
  const std::vector<std::string> states = scenario.States();
  EXPECT_THAT(states[2], StartsWith("TASK_RUNNING unhealthy: HTTP check of 127.0.0.1:"));
  EXPECT_THAT(states.back(), StartsWith("TASK_FAILED unhealthy: HTTP check of 127.0.0.1:"));
}

TEST(LifeTest, TheTimelineTellsTheWholeLife) {
  Scenario scenario;
  scenario.Start("true");
  ASSERT_EQ(scenario.AwaitExecutor(), 0);
  const std::string timeline = scenario.ReadSandboxFile("executor-timeline.jsonl");
  size_t at = 0;
  for (const char* part :
       {"\"subscribed\"", "\"LAUNCH\"", "\"TASK_STARTING\"", "\"started\"", "\"TASK_RUNNING\"",
        "\"exited\"", "\"gone\"", "\"TASK_FINISHED\"", "\"leave\""}) {
    at = timeline.find(part, at);
    ASSERT_NE(at, std::string::npos) << part << " is missing, or out of order, in\n" << timeline;
  }
}

}  // namespace
}  // namespace mesos_executor
