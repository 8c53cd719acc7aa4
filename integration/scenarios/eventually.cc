#include "integration/scenarios/eventually.h"

#include "absl/time/clock.h"

namespace mesos_executor {

bool Eventually(const std::function<bool()>& condition, absl::Duration watchdog) {
  const absl::Time end = absl::Now() + watchdog;
  while (!condition()) {
    if (absl::Now() >= end) return false;
    absl::SleepFor(absl::Milliseconds(10));
  }
  return true;
}

}  // namespace mesos_executor
