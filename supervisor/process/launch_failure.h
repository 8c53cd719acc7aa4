// What is said of a main process that could not be started.
#ifndef SUPERVISOR_PROCESS_LAUNCH_FAILURE_H_
#define SUPERVISOR_PROCESS_LAUNCH_FAILURE_H_

#include <string>

#include "absl/status/status.h"
#include "supervisor/process/exec_child.h"

namespace mesos_executor::process {

// What each step is about.
struct LaunchSubject {
  std::string program;
  std::string user;
};

// The step, what it was about, and the error: "exec /no/such: No such file or directory".
absl::Status DescribeLaunchFailure(const ExecFailure& failure, const LaunchSubject& subject);

}  // namespace mesos_executor::process

#endif  // SUPERVISOR_PROCESS_LAUNCH_FAILURE_H_
