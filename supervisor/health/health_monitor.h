// What the results of a health check mean for the task. Follows health_checker.cpp of Apache Mesos.
#ifndef SUPERVISOR_HEALTH_HEALTH_MONITOR_H_
#define SUPERVISOR_HEALTH_HEALTH_MONITOR_H_

#include <cstdint>

#include "absl/time/time.h"
#include "supervisor/health/check_definition.h"

namespace mesos_executor::health {

// Pure: given results and times, says what to report.
class HealthMonitor {
 public:
  enum class Report {
    kNothing,
    // Successes enough in a row, where it wasn't healthy before: by default the first one, and the
    // first one after failures.
    kHealthy,
    // Every failure that counts: all but those of the grace period before it is healthy.
    kUnhealthy,
    // The failure that is one too many: unhealthy, and the task is to be killed.
    kUnhealthyKill,
  };

  // `started`: when the task was.
  HealthMonitor(const HealthDefinition& definition, absl::Time started);

  // A probe has ended.
  Report OnResult(bool success, absl::Time now);

  // Failures that counted since the last success.
  uint32_t failures() const { return failures_; }

 private:
  const absl::Time grace_until_;
  const uint32_t consecutive_failures_;
  const uint32_t min_successes_;
  bool healthy_ = false;
  bool was_healthy_ = false;
  // Of each, those in a row.
  uint32_t successes_ = 0;
  uint32_t failures_ = 0;
};

}  // namespace mesos_executor::health

#endif  // SUPERVISOR_HEALTH_HEALTH_MONITOR_H_
