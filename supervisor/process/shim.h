// The shim: a process between the supervisor and the task that owns all the task's processes, and
// clears them away whatever becomes of the supervisor.
#ifndef SUPERVISOR_PROCESS_SHIM_H_
#define SUPERVISOR_PROCESS_SHIM_H_

#include <sys/types.h>

#include "absl/status/statusor.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor::process {

// The supervisor's hold on its shim. Closing the socket makes the shim kill all that it has, and
// exit.
struct Shim {
  pid_t pid = 0;
  UniqueFd socket;
};

// Forks the shim. Call it first of all in main(), from the main thread, before any other thread
// exists: the shim dies with the thread that forked it, and the task gets umask, limits, working
// directory and standard descriptors as they are now. Opens /dev/null for standard descriptors that
// are closed. Errors: the failed system call.
absl::StatusOr<Shim> ForkShim();

}  // namespace mesos_executor::process

#endif  // SUPERVISOR_PROCESS_SHIM_H_
