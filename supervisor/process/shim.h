// The shim: a process between the supervisor and a task, or another command, that owns all
// processes of it, and clears them away whatever becomes of the supervisor.
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

// Starts a shim for a command that isn't the task, once there are threads: this program executes
// itself (/proc/self/exe, so that one replaced on disk doesn't matter), with an empty environment.
// The command gets limits, working directory, umask, stdout and stderr as they are now, and nothing
// to read. Call it on the loop's thread, and give the result to a ProcessTree before the loop
// turns. Errors: the failed system call.
absl::StatusOr<Shim> StartShim();

// Becomes a shim, and never returns, where StartShim has executed this program. Call it first of
// all in the main() of each program that calls StartShim.
void BecomeShimIfStartedAsOne(int argc, char** argv);

}  // namespace mesos_executor::process

#endif  // SUPERVISOR_PROCESS_SHIM_H_
