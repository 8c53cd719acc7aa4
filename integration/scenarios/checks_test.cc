// A task's health check and check, and what its labels ask of them and of its end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "integration/scenarios/eventually.h"
#include "integration/scenarios/scenario.h"

namespace mesos_executor {
namespace {

using dev_agent::AgentEvent;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

mesos::v1::HealthCheck* CheckHealthBy(const std::string& command, Scenario* scenario) {
  auto* check = scenario->launch().task.mutable_health_check();
  check->set_type(mesos::v1::HealthCheck::COMMAND);
  check->mutable_command()->set_value(command);
  check->set_delay_seconds(0);
  check->set_interval_seconds(0.05);
  check->set_grace_period_seconds(0);
  return check;
}

// Waits for an update that fits.
bool AwaitUpdate(Scenario* scenario,
                 const std::function<bool(const mesos::v1::TaskStatus&)>& fits) {
  return scenario->agent().WaitFor([&](const std::vector<AgentEvent>& events) {
    return std::any_of(events.begin(), events.end(), [&](const AgentEvent& event) {
      return event.kind == AgentEvent::kUpdate && fits(event.status);
    });
  });
}

TEST(ChecksTest, ACommandTellsHealthAndLeavesNothing) {
  Scenario scenario;
  // The mark is the task's: it can be tested for in its environment alone.
  CheckHealthBy("(setsid sleep 3600 &); test -n \"$SCENARIO_MARK\"", &scenario);
  scenario.Start("exec sleep 3600");
  ASSERT_TRUE(AwaitUpdate(&scenario, [](const auto& s) { return s.healthy(); }));
  scenario.agent().Kill();
  EXPECT_EQ(scenario.AwaitExecutor(), 0);
  EXPECT_EQ(scenario.States()[2], "TASK_RUNNING healthy");
  EXPECT_THAT(scenario.TaskProcesses(), IsEmpty());
}

TEST(ChecksTest, ACommandThatHangsKillsTheTaskAndAllThatItStartedIsGoneBeforeTheLastUpdate) {
  Scenario scenario;
  auto* check = CheckHealthBy("setsid sleep 3600 & sleep 3600", &scenario);
  check->set_timeout_seconds(0.1);
  check->set_consecutive_failures(2);
  scenario.Start("exec sleep 3600");
  ASSERT_TRUE(scenario.agent().WaitForUpdate(mesos::v1::TASK_FAILED));
  EXPECT_THAT(scenario.TaskProcesses(), IsEmpty());
  EXPECT_EQ(scenario.AwaitExecutor(), 0);
  EXPECT_THAT(scenario.States().back(),
              StartsWith("TASK_FAILED unhealthy: COMMAND check by /bin/sh failed: no result within "
                         "100ms (2 times in a row)"));
}

TEST(ChecksTest, EveryUpdateCarriesTheLastResultOfACheck) {
  Scenario scenario;
  auto* check = scenario.launch().task.mutable_check();
  check->set_type(mesos::v1::CheckInfo::COMMAND);
  check->mutable_command()->mutable_command()->set_value("test -e well");
  check->set_delay_seconds(0);
  check->set_interval_seconds(0.05);
  scenario.Start("exec sleep 3600");
  const auto await = [&](int code) {
    return AwaitUpdate(&scenario, [code](const mesos::v1::TaskStatus& status) {
      const auto& command = status.check_status().command();
      return command.has_exit_code() && command.exit_code() == code;
    });
  };
  ASSERT_TRUE(await(1));
  std::ofstream(scenario.sandbox() + "/well").close();
  ASSERT_TRUE(await(0));
  scenario.agent().Kill();
  EXPECT_EQ(scenario.AwaitExecutor(), 0);
  std::vector<std::string> results;
  for (const mesos::v1::TaskStatus& status : scenario.agent().updates()) {
    const std::string result = status.check_status().ShortDebugString();
    if (results.empty() || results.back() != result) results.push_back(result);
  }
  EXPECT_THAT(results,
              ElementsAre("type: COMMAND command { }", "type: COMMAND command { exit_code: 1 }",
                          "type: COMMAND command { exit_code: 0 }"));
}

TEST(ChecksTest, ATaskIsAskedOverHttpToStopBeforeItGetsSignals) {
  Scenario scenario;
  scenario.RunHttpService("--ignore-sigterm");
  // The first one is answered with 404.
  scenario.Label("executor-graceful-stop-http", "http:/no/such/path,/quit");
  scenario.Start();
  ASSERT_TRUE(AwaitUpdate(&scenario, [](const auto& s) { return s.healthy(); }));
  scenario.agent().Kill(absl::Hours(1));
  EXPECT_EQ(scenario.AwaitExecutor(), 0);
  EXPECT_EQ(scenario.States().back(), "TASK_KILLED: Task killed. Command exited with status 0");
}

TEST(ChecksTest, RunningWaitsForHealthWhichASnoozeFileKeepsBack) {
  Scenario scenario;
  CheckHealthBy("echo >> runs", &scenario);
  scenario.Label("executor-running-when-healthy", "true");
  scenario.Label("executor-health-snooze-file", "snooze");
  const std::string snooze = scenario.sandbox() + "/snooze";
  std::ofstream(snooze).close();
  scenario.Start("exec sleep 3600");
  // A third check starts once the first two have been judged.
  ASSERT_TRUE(Eventually([&] { return scenario.ReadSandboxFile("runs").size() >= 3; }));
  EXPECT_THAT(scenario.States(), ElementsAre("TASK_STARTING"));
  std::filesystem::remove(snooze);
  ASSERT_TRUE(scenario.agent().WaitForUpdate(mesos::v1::TASK_RUNNING));
  scenario.agent().Kill();
  EXPECT_EQ(scenario.AwaitExecutor(), 0);
  EXPECT_EQ(scenario.States()[1], "TASK_RUNNING healthy");
}

TEST(ChecksTest, ATaskWhoseCertificateIsNoneFailsWithoutRunning) {
  Scenario scenario;
  scenario.Label("validate-certificate", "true");
  scenario.Set("CERTIFICATE", "words");
  scenario.Start("exec sleep 3600");
  EXPECT_EQ(scenario.AwaitExecutor(), 0);
  EXPECT_THAT(scenario.States(), Not(::testing::Contains(StartsWith("TASK_RUNNING"))));
  EXPECT_THAT(scenario.States().back(),
              AllOf(StartsWith("TASK_FAILED"),
                    HasSubstr("problem with certificate: CERTIFICATE is no certificate in PEM")));
}

}  // namespace
}  // namespace mesos_executor
