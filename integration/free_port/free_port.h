// A port for a program that has to be told one before it starts.
#ifndef INTEGRATION_FREE_PORT_FREE_PORT_H_
#define INTEGRATION_FREE_PORT_FREE_PORT_H_

#include <cstdint>

#include "absl/status/statusor.h"

namespace mesos_executor {

// A TCP port of 127.0.0.1 that was free a moment ago; the kernel picks it at random from its
// ephemeral range, so two calls seldom meet. Errors: the failed system call.
absl::StatusOr<uint16_t> FreePort();

}  // namespace mesos_executor

#endif  // INTEGRATION_FREE_PORT_FREE_PORT_H_
