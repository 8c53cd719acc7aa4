// A child of the supervisor that isn't the task's: a private sidecar, a check command.
#ifndef SUPERVISOR_BASE_SUBPROCESS_H_
#define SUPERVISOR_BASE_SUBPROCESS_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace mesos_executor {

struct SubprocessSpec {
  // argv[0] is the path of the program; PATH isn't searched.
  std::vector<std::string> argv;
  // All of it, as "NAME=value".
  std::vector<std::string> environment;
  // Empty: ours.
  std::string working_directory;
  // Become 0, 1 and 2; -1: ours.
  int stdin_fd = -1;
  int stdout_fd = -1;
  int stderr_fd = -1;
  // Become 3, 4, ... in this order. Everything else is closed. All of these stay the caller's.
  std::vector<int> descriptors;
};

// Starts a child in a session and process group of its own, with default dispositions and an empty
// signal mask, without copying our memory and without running fork handlers of libraries
// (posix_spawn(3)). Returns its pid, for the caller to have reaped; call it on the thread that
// reaps. Errors: InvalidArgument (no argv, a NUL byte in a string); else what failed, with the
// program's name.
absl::StatusOr<pid_t> Spawn(const SubprocessSpec& spec);

}  // namespace mesos_executor

#endif  // SUPERVISOR_BASE_SUBPROCESS_H_
