// What a task's main process is started from.
#ifndef SUPERVISOR_PROCESS_LAUNCH_SPEC_H_
#define SUPERVISOR_PROCESS_LAUNCH_SPEC_H_

#include <sys/resource.h>

#include <string>
#include <vector>

#include "supervisor/base/unique_fd.h"
#include "supervisor/process/containment.h"

namespace mesos_executor::process {

// setrlimit(2).
struct ResourceLimit {
  // RLIMIT_*.
  int resource = 0;
  rlim_t soft = RLIM_INFINITY;
  rlim_t hard = RLIM_INFINITY;
};

// The working directory, the umask, and limits that aren't named here, are the supervisor's when
// the shim was made.
struct LaunchSpec {
  // At least one. A shell command is {"/bin/sh", "-c", command}.
  std::vector<std::string> argv;
  // A path, or a name to look up in the PATH of `environment`; empty: argv[0].
  std::string program;
  // All of it, as "NAME=value".
  std::vector<std::string> environment;
  // A name in /etc/passwd. Empty, or the supervisor's own: no switch.
  std::string user;
  // Set before the user is switched, so that root may raise them.
  std::vector<ResourceLimit> limits;
  // Names of processes (/proc/<pid>/comm) that ProcessTree::Terminate leaves alone. The kernel
  // keeps 15 bytes of a name: a longer one here stands for all that begin with its first 15.
  std::vector<std::string> sigterm_exclusions;
  // ProcessTree::containment tells what it was.
  Containment containment = Containment::kSubreaper;
  // Invalid: the supervisor's own when the shim was forked.
  UniqueFd stdout_fd;
  UniqueFd stderr_fd;
};

}  // namespace mesos_executor::process

#endif  // SUPERVISOR_PROCESS_LAUNCH_SPEC_H_
