#include "supervisor/health/health_checker.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace mesos_executor::health {

HealthChecker::HealthChecker(EventLoop* loop, std::unique_ptr<Prober> prober,
                             HealthDefinition definition, Snoozed snoozed, Observer* observer)
    : loop_(loop),
      definition_(std::move(definition)),
      snoozed_(std::move(snoozed)),
      observer_(observer),
      monitor_(definition_, loop->Now()),
      probing_(loop, std::move(prober), definition_.check, this) {}

void HealthChecker::OnProbed(const ProbeResult& result, absl::Duration took) {
  const bool success = result.status.ok();
  std::string why;
  if (!success) {
    why = absl::StrCat(definition_.check.Name(), " failed: ", result.status.message());
  }
  if (snoozed_()) {
    if (!success) absl::StrAppend(&why, " (snoozed: this doesn't count)");
    return observer_->OnResult(success, took, why);
  }
  const HealthMonitor::Report report = monitor_.OnResult(success, loop_->Now());
  observer_->OnResult(success, took, why);
  // The last thing done in each case: the observer may destroy this.
  switch (report) {
    case HealthMonitor::Report::kNothing:
      return;
    case HealthMonitor::Report::kHealthy:
      return observer_->OnHealthy();
    case HealthMonitor::Report::kUnhealthy:
      return observer_->OnUnhealthy(why, /*kill=*/false);
    case HealthMonitor::Report::kUnhealthyKill:
      probing_.Stop();
      absl::StrAppend(&why, " (", monitor_.failures(), " times in a row)");
      return observer_->OnUnhealthy(why, /*kill=*/true);
  }
}

}  // namespace mesos_executor::health
