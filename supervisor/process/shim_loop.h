// The shim's life.
#ifndef SUPERVISOR_PROCESS_SHIM_LOOP_H_
#define SUPERVISOR_PROCESS_SHIM_LOOP_H_

#include <sys/types.h>

#include "supervisor/base/unique_fd.h"

namespace mesos_executor::process {

// Serves `socket` (shim_protocol.h) until no process of the task is left, or until the supervisor
// is dead and everything has been killed. Closes all other descriptors but 0, 1 and 2.
// Single-threaded; asleep while nothing happens.
[[noreturn]] void RunShim(UniqueFd socket, pid_t supervisor);

}  // namespace mesos_executor::process

#endif  // SUPERVISOR_PROCESS_SHIM_LOOP_H_
