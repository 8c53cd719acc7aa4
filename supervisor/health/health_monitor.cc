#include "supervisor/health/health_monitor.h"

namespace mesos_executor::health {

HealthMonitor::HealthMonitor(const HealthDefinition& definition, absl::Time started)
    // Not `started` itself where there is no grace: the first failure may come in that very moment.
    : grace_until_(definition.grace_period > absl::ZeroDuration()
                       ? started + definition.grace_period
                       : absl::InfinitePast()),
      consecutive_failures_(definition.consecutive_failures),
      min_successes_(definition.min_successes) {}

HealthMonitor::Report HealthMonitor::OnResult(bool success, absl::Time now) {
  if (success) {
    failures_ = 0;
    if (healthy_ || ++successes_ < min_successes_) return Report::kNothing;
    healthy_ = was_healthy_ = true;
    return Report::kHealthy;
  }
  successes_ = 0;
  if (!was_healthy_ && now <= grace_until_) return Report::kNothing;
  healthy_ = false;
  ++failures_;
  return failures_ >= consecutive_failures_ ? Report::kUnhealthyKill : Report::kUnhealthy;
}

}  // namespace mesos_executor::health
