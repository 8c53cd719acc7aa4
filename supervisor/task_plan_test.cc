#include "supervisor/task_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace mesos_executor {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class TaskPlanTest : public ::testing::Test {
 protected:
  TaskPlanTest() {
    task_.mutable_task_id()->set_value("t");
    task_.mutable_command()->set_value("sleep 1");
  }

  void Label(const std::string& key, const std::string& value) {
    auto* label = task_.mutable_labels()->add_labels();
    label->set_key(key);
    label->set_value(value);
  }
  void AddHealthCheck() {
    task_.mutable_health_check()->set_type(mesos::v1::HealthCheck::TCP);
    task_.mutable_health_check()->mutable_tcp()->set_port(80);
  }
  TaskPlan Plan() const {
    return PlanTask(task_, {.configuration = configuration_,
                            .environment = environment_,
                            .own_program = "mesos-executor",
                            .now = absl::FromUnixSeconds(1'000'000'000),
                            .expiration_share = 0});
  }

  mesos::v1::TaskInfo task_;
  Configuration configuration_;
  Environment environment_;
};

TEST_F(TaskPlanTest, APlainTaskAsksForNothing) {
  const TaskPlan plan = Plan();
  EXPECT_EQ(plan.launch.task_id, "t");
  EXPECT_EQ(plan.launch.invalid, "");
  EXPECT_EQ(plan.launch.kill_grace, std::nullopt);
  EXPECT_EQ(plan.launch.max_completion, absl::InfiniteDuration());
  EXPECT_EQ(plan.launch.expires_in, absl::InfiniteDuration());
  EXPECT_EQ(plan.launch.stop_requests, 0);
  EXPECT_FALSE(plan.launch.check.has_value());
  EXPECT_FALSE(plan.health.has_value());
  EXPECT_THAT(plan.command.argv, ElementsAre("sh", "-c", "sleep 1"));
  EXPECT_THAT(plan.warnings, IsEmpty());
}

TEST_F(TaskPlanTest, TimesComeFromTheTask) {
  task_.mutable_kill_policy()->mutable_grace_period()->set_nanoseconds(2'000'000'000);
  task_.mutable_max_completion_time()->set_nanoseconds(1'500'000'000);
  EXPECT_EQ(Plan().launch.kill_grace, absl::Seconds(2));
  EXPECT_EQ(Plan().launch.max_completion, absl::Milliseconds(1500));
}

TEST_F(TaskPlanTest, AMaxCompletionTimeOfZeroIsNone) {
  task_.mutable_max_completion_time()->set_nanoseconds(0);
  EXPECT_EQ(Plan().launch.max_completion, absl::InfiniteDuration());
}

TEST_F(TaskPlanTest, WhatCannotBeRunIsInvalid) {
  task_.clear_command();
  EXPECT_THAT(Plan().launch.invalid, HasSubstr("the task has no command"));
  task_.mutable_command()->set_value("true");
  task_.mutable_container()->mutable_rlimit_info()->add_rlimits();
  EXPECT_THAT(Plan().launch.invalid, HasSubstr("rlimit_info"));
}

TEST_F(TaskPlanTest, ATaskWhoseFilesMayNotGrowHasNoSpools) {
  EXPECT_EQ(Plan().spool_limit, uint64_t{128} << 20);
  auto* limit = task_.mutable_container()->mutable_rlimit_info()->add_rlimits();
  limit->set_type(mesos::v1::RLimitInfo::RLimit::RLMT_FSIZE);
  EXPECT_TRUE(Plan().spool_limit) << "unlimited";
  limit->set_soft(1 << 30);
  limit->set_hard(1 << 30);
  EXPECT_EQ(Plan().spool_limit, std::nullopt);
}

TEST_F(TaskPlanTest, ACheckStartsWithoutAResult) {
  task_.mutable_check()->set_type(mesos::v1::CheckInfo::TCP);
  task_.mutable_check()->mutable_tcp()->set_port(80);
  const TaskPlan plan = Plan();
  ASSERT_TRUE(plan.launch.check.has_value());
  EXPECT_EQ(plan.launch.check->type(), mesos::v1::CheckInfo::TCP);
  EXPECT_TRUE(plan.launch.check->has_tcp());
  EXPECT_FALSE(plan.launch.check->tcp().has_succeeded());
}

TEST_F(TaskPlanTest, ATaskRunsWithoutAHealthCheckThatMakesNoSense) {
  AddHealthCheck();
  task_.mutable_health_check()->mutable_tcp()->set_port(70000);
  Label("executor-running-when-healthy", "true");
  const TaskPlan plan = Plan();
  EXPECT_FALSE(plan.health.has_value());
  EXPECT_FALSE(plan.launch.running_when_healthy) << "or it would never run";
  EXPECT_THAT(plan.warnings, ElementsAre(HasSubstr("runs without its health check")));
}

TEST_F(TaskPlanTest, LabelsShapeTheHealthCheck) {
  AddHealthCheck();
  Label("executor-health-min-successes", "3");
  Label("executor-health-snooze-file", ".snooze");
  Label("executor-running-when-healthy", "true");
  const TaskPlan plan = Plan();
  ASSERT_TRUE(plan.health.has_value());
  EXPECT_EQ(plan.health->min_successes, 3u);
  EXPECT_EQ(plan.snooze_file, ".snooze");
  EXPECT_TRUE(plan.launch.running_when_healthy);
}

TEST_F(TaskPlanTest, RequestsToStopAreCounted) {
  auto* port = task_.mutable_discovery()->mutable_ports()->add_ports();
  port->set_number(8080);
  Label("executor-graceful-stop-http", "true");
  const TaskPlan plan = Plan();
  ASSERT_TRUE(plan.stop.has_value());
  EXPECT_EQ(plan.launch.stop_requests, 2);
}

TEST_F(TaskPlanTest, ATaskWithoutAPortIsStoppedBySignalsAlone) {
  Label("executor-graceful-stop-http", "true");
  const TaskPlan plan = Plan();
  EXPECT_EQ(plan.launch.stop_requests, 0);
  EXPECT_THAT(plan.warnings, ElementsAre(HasSubstr("stopped by signals alone")));
}

TEST_F(TaskPlanTest, ACertificateThatIsToBeValidatedMustBeThere) {
  Label("validate-certificate", "true");
  EXPECT_THAT(Plan().launch.invalid, HasSubstr("CERTIFICATE"));
  task_.mutable_labels()->mutable_labels(0)->set_value("false");
  EXPECT_EQ(Plan().launch.invalid, "");
  task_.mutable_labels()->mutable_labels(0)->set_value("yes");
  EXPECT_THAT(Plan().warnings, ElementsAre(HasSubstr("neither true nor false")));
}

TEST_F(TaskPlanTest, ACommandCheckBesideAPidNamespaceIsWarnedOf) {
  task_.mutable_health_check()->set_type(mesos::v1::HealthCheck::COMMAND);
  task_.mutable_health_check()->mutable_command()->set_value("true");
  EXPECT_THAT(Plan().warnings, IsEmpty());
  configuration_.containment = process::Containment::kPidNamespace;
  EXPECT_THAT(Plan().warnings, ElementsAre(HasSubstr("PID namespace")));
}

}  // namespace
}  // namespace mesos_executor
