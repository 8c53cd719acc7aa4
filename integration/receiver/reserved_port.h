// A TCP port that stays ours while its program is killed and started again.
#ifndef INTEGRATION_RECEIVER_RESERVED_PORT_H_
#define INTEGRATION_RECEIVER_RESERVED_PORT_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor::receiver {

struct ReservedPort {
  // Bound to it on 127.0.0.1, but not listening; programs that set SO_REUSEADDR can share it.
  UniqueFd fd;
  uint16_t number = 0;
};

// With `udp_too`, its number was free for UDP a moment ago.
absl::StatusOr<ReservedPort> ReservePort(bool udp_too = false);

}  // namespace mesos_executor::receiver

#endif  // INTEGRATION_RECEIVER_RESERVED_PORT_H_
