#include "supervisor/health/health_monitor.h"

namespace mesos_executor::health {

HealthMonitor::HealthMonitor(const CheckDefinition& definition, absl::Time started)
    : interval_(definition.interval),
      // Not `started` itself where there is no grace: the first failure may come in that very
      // moment.
      grace_until_(definition.grace_period > absl::ZeroDuration()
                       ? started + definition.grace_period
                       : absl::InfinitePast()),
      consecutive_failures_(definition.consecutive_failures),
      next_probe_(started + definition.delay) {}

HealthMonitor::Report HealthMonitor::OnResult(bool success, absl::Time now) {
  next_probe_ = now + interval_;
  if (success) {
    const bool news = !was_healthy_ || failures_ > 0;
    was_healthy_ = true;
    failures_ = 0;
    return news ? Report::kHealthy : Report::kNothing;
  }
  if (!was_healthy_ && now <= grace_until_) return Report::kNothing;
  ++failures_;
  return failures_ >= consecutive_failures_ ? Report::kUnhealthyKill : Report::kUnhealthy;
}

}  // namespace mesos_executor::health
