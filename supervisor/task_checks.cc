#include "supervisor/task_checks.h"

#include <utility>

#include "supervisor/health/new_prober.h"
#include "supervisor/health/snooze_file.h"

namespace mesos_executor {

void TaskChecks::Start(const TaskPlan& plan, const std::string& sandbox, CheckCommands* commands) {
  if (plan.health) {
    health::HealthChecker::Observer* const observer = this;
    health_ = std::make_unique<health::HealthChecker>(
        loop_, health::NewProber(loop_, client_, commands, plan.health->check), *plan.health,
        [sandbox, file = plan.snooze_file] { return health::IsSnoozed(sandbox, file); }, observer);
    health_->Start();
  }
  if (plan.check) {
    health::Checker::Observer* const observer = this;
    check_ = std::make_unique<health::Checker>(
        loop_, health::NewProber(loop_, client_, commands, *plan.check), *plan.check, observer);
    check_->Start();
  }
}

void TaskChecks::Stop() {
  health_.reset();
  check_.reset();
}

void TaskChecks::OnResult(bool success, absl::Duration took, const std::string& why) {
  if (std::exchange(last_, success) == success) return;
  recorder_->Add({.kind = TimelineKind::kCheck,
                  .name = "health",
                  .outcome = success ? "ok" : "failed",
                  .took = took,
                  .message = why});
}

void TaskChecks::OnHealthy() { feed_(task::BecameHealthy{}); }

void TaskChecks::OnUnhealthy(const std::string& why, bool kill) {
  feed_(task::FailedCheck{.why = why, .kill = kill});
}

void TaskChecks::OnCheckStatus(const mesos::v1::CheckStatusInfo& status, const std::string& why) {
  recorder_->Add({.kind = TimelineKind::kCheck,
                  .name = "check",
                  .outcome = status.ShortDebugString(),
                  .message = why});
  feed_(task::CheckChanged{status});
}

}  // namespace mesos_executor
