// Ports for programs that have to be told them before they start.
#ifndef INTEGRATION_FREE_PORT_FREE_PORT_H_
#define INTEGRATION_FREE_PORT_FREE_PORT_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"

namespace mesos_executor {

// TCP ports of 127.0.0.1 that were free a moment ago, each another one; the kernel picks them at
// random from its ephemeral range, so that two calls seldom meet. Errors: the failed system call.
absl::StatusOr<std::vector<uint16_t>> FreePorts(size_t count);
absl::StatusOr<uint16_t> FreePort();

}  // namespace mesos_executor

#endif  // INTEGRATION_FREE_PORT_FREE_PORT_H_
