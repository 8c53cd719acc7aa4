#include "sidecars/runtime/retry_pause.h"

#include <algorithm>
#include <utility>

namespace mesos_executor::sidecar {

absl::Duration RetryPause::Next(double random) {
  const absl::Duration longest = std::exchange(longest_, std::min(2 * longest_, kLast));
  return longest * (1 - random / 2);
}

}  // namespace mesos_executor::sidecar
