// What the results of a health check mean for the task. Follows health_checker.cpp of Apache Mesos.
#ifndef SUPERVISOR_HEALTH_HEALTH_MONITOR_H_
#define SUPERVISOR_HEALTH_HEALTH_MONITOR_H_

#include <cstdint>

#include "absl/time/time.h"
#include "supervisor/health/check_definition.h"

namespace mesos_executor::health {

// Pure: given results and times, says when to probe and what to report.
class HealthMonitor {
 public:
  enum class Report {
    kNothing,
    // The first success, and the first one after failures.
    kHealthy,
    // Every failure that counts: all but those of the grace period before the first success.
    kUnhealthy,
    // The failure that is one too many: unhealthy, and the task is to be killed.
    kUnhealthyKill,
  };

  // `started`: when the task was.
  HealthMonitor(const CheckDefinition& definition, absl::Time started);

  // A probe has ended.
  Report OnResult(bool success, absl::Time now);

  // When to start the next probe. Probes never overlap: this is from the end of the last one.
  absl::Time next_probe() const { return next_probe_; }

  // Failures that counted since the last success.
  uint32_t failures() const { return failures_; }

 private:
  const absl::Duration interval_;
  const absl::Time grace_until_;
  const uint32_t consecutive_failures_;
  absl::Time next_probe_;
  bool was_healthy_ = false;
  uint32_t failures_ = 0;
};

}  // namespace mesos_executor::health

#endif  // SUPERVISOR_HEALTH_HEALTH_MONITOR_H_
