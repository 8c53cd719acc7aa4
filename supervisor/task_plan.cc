#include "supervisor/task_plan.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "supervisor/health/checker.h"
#include "supervisor/launch/resource_limits.h"

namespace mesos_executor {
namespace {

void PlanChecks(const mesos::v1::TaskInfo& task, const std::string& public_ip, TaskPlan* plan) {
  if (task.has_health_check()) {
    auto health = health::ToHealthDefinition(task.health_check(), public_ip);
    if (health.ok()) {
      plan->health = *std::move(health);
    } else {
      plan->warnings.push_back(
          absl::StrCat("The task runs without its health check: ", health.status().message()));
    }
  }
  if (task.has_check()) {
    auto check = health::ToCheckDefinition(task.check(), public_ip);
    if (check.ok()) {
      plan->launch.check = health::NoCheckStatus(*check);
      plan->check = *std::move(check);
    } else {
      plan->warnings.push_back(
          absl::StrCat("The task runs without its check: ", check.status().message()));
    }
  }
}

}  // namespace

TaskPlan PlanTask(const mesos::v1::TaskInfo& task, const Configuration& configuration,
                  absl::string_view own_program) {
  TaskPlan plan{.launch = {.task_id = task.task_id().value()}};
  absl::StatusOr<launch::Command> command = launch::CommandOf(task, own_program);
  absl::StatusOr<std::vector<process::ResourceLimit>> limits = launch::ResourceLimitsOf(task);
  for (const absl::Status& status : {command.status(), limits.status()}) {
    if (status.ok()) continue;
    plan.launch.invalid = std::string(status.message());
    return plan;
  }
  plan.command = *std::move(command);
  plan.limits = *std::move(limits);
  if (task.kill_policy().has_grace_period()) {
    plan.launch.kill_grace = absl::Nanoseconds(task.kill_policy().grace_period().nanoseconds());
  }
  if (task.max_completion_time().nanoseconds() > 0) {
    plan.launch.max_completion = absl::Nanoseconds(task.max_completion_time().nanoseconds());
  }
  PlanChecks(task, configuration.public_ip, &plan);
  return plan;
}

}  // namespace mesos_executor
