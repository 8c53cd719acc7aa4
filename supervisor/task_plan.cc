#include "supervisor/task_plan.h"

#include <sys/resource.h>

#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "supervisor/base/task_label.h"
#include "supervisor/certificate/certificate_expiry.h"
#include "supervisor/health/checker.h"
#include "supervisor/health/health_labels.h"
#include "supervisor/launch/resource_limits.h"
#include "supervisor/spool/spool_limit.h"

namespace mesos_executor {
namespace {

void PlanHealth(const mesos::v1::TaskInfo& task, const std::string& public_ip, TaskPlan* plan) {
  if (!task.has_health_check()) return;
  auto health = health::ToHealthDefinition(task.health_check(), public_ip);
  if (!health.ok()) {
    plan->warnings.push_back(
        absl::StrCat("The task runs without its health check: ", health.status().message()));
    return;
  }
  health::HealthLabels labels = health::ReadHealthLabels(task.labels());
  plan->warnings.insert(plan->warnings.end(), labels.warnings.begin(), labels.warnings.end());
  plan->health = *std::move(health);
  plan->health->min_successes = labels.min_successes;
  plan->snooze_file = std::move(labels.snooze_file);
  plan->launch.running_when_healthy = labels.running_when_healthy;
}

void PlanCheck(const mesos::v1::TaskInfo& task, const std::string& public_ip, TaskPlan* plan) {
  if (!task.has_check()) return;
  auto check = health::ToCheckDefinition(task.check(), public_ip);
  if (!check.ok()) {
    plan->warnings.push_back(
        absl::StrCat("The task runs without its check: ", check.status().message()));
    return;
  }
  plan->launch.check = health::NoCheckStatus(*check);
  plan->check = *std::move(check);
}

void PlanStop(const mesos::v1::TaskInfo& task, const std::string& public_ip, TaskPlan* plan) {
  auto stop = graceful_stop::StopDefinitionOf(task, public_ip);
  if (!stop.ok()) {
    plan->warnings.push_back(
        absl::StrCat("The task is stopped by signals alone: ", stop.status().message()));
    return;
  }
  plan->stop = *std::move(stop);
  if (plan->stop) plan->launch.stop_requests = static_cast<int>(plan->stop->paths.size());
}

void PlanSpools(const mesos::v1::TaskInfo& task, const Environment& environment, TaskPlan* plan) {
  for (const process::ResourceLimit& limit : plan->limits) {
    if (limit.resource == RLIMIT_FSIZE && limit.soft != RLIM_INFINITY) return;
  }
  spool::SpoolLimit limit = spool::SpoolLimitOf(task, environment);
  if (!limit.warning.empty()) plan->warnings.push_back(std::move(limit.warning));
  plan->spool_limit = limit.bytes;
}

// An error is why the task can't be launched, as in the seed.
absl::Status PlanExpiry(const mesos::v1::TaskInfo& task, const PlanInputs& inputs, TaskPlan* plan) {
  constexpr absl::string_view kLabel = "validate-certificate";
  const std::string wanted = LabelValue(task.labels(), kLabel).value_or("false");
  if (wanted == "false") return absl::OkStatus();
  if (wanted != "true") {
    plan->warnings.push_back(
        LabelWarning(kLabel, wanted, "neither true nor false; taken as false"));
    return absl::OkStatus();
  }
  const absl::StatusOr<absl::Time> kill_time =
      certificate::KillTime(launch::EnvironmentOf(task, inputs.environment, {}), inputs.now,
                            inputs.configuration.expiration_range, inputs.expiration_share);
  if (!kill_time.ok()) return kill_time.status();
  plan->launch.expires_in = *kill_time - inputs.now;
  plan->launch.expires_why = "its certificate is about to expire";
  return absl::OkStatus();
}

}  // namespace

TaskPlan PlanTask(const mesos::v1::TaskInfo& task, const PlanInputs& inputs) {
  TaskPlan plan{.launch = {.task_id = task.task_id().value()}};
  absl::StatusOr<launch::Command> command = launch::CommandOf(task, inputs.own_program);
  absl::StatusOr<std::vector<process::ResourceLimit>> limits = launch::ResourceLimitsOf(task);
  for (const absl::Status& status :
       {command.status(), limits.status(), PlanExpiry(task, inputs, &plan)}) {
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
  const std::string& public_ip = inputs.configuration.public_ip;
  PlanHealth(task, public_ip, &plan);
  PlanCheck(task, public_ip, &plan);
  PlanStop(task, public_ip, &plan);
  PlanSpools(task, inputs.environment, &plan);
  const bool command_check =
      (plan.health && std::holds_alternative<health::CheckCommand>(plan.health->check.probe)) ||
      (plan.check && std::holds_alternative<health::CheckCommand>(plan.check->probe));
  if (command_check && inputs.configuration.containment == process::Containment::kPidNamespace) {
    plan.warnings.push_back(
        "The task has a PID namespace of its own, which the command of its check doesn't share: "
        "there, the pids of the task are others");
  }
  return plan;
}

}  // namespace mesos_executor
