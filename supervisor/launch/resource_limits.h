// The limits that a task's container asks for.
#ifndef SUPERVISOR_LAUNCH_RESOURCE_LIMITS_H_
#define SUPERVISOR_LAUNCH_RESOURCE_LIMITS_H_

#include <vector>

#include "absl/status/statusor.h"
#include "protos/mesos/v1/task.pb.h"
#include "supervisor/process/launch_spec.h"

namespace mesos_executor::launch {

// TaskInfo.container.rlimit_info, as the isolator posix/rlimits of Mesos reads it: a limit with
// neither number is unlimited. InvalidArgument for a type that isn't one, for half a limit, and
// for a soft limit above its hard one.
absl::StatusOr<std::vector<process::ResourceLimit>> ResourceLimitsOf(
    const mesos::v1::TaskInfo& task);

}  // namespace mesos_executor::launch

#endif  // SUPERVISOR_LAUNCH_RESOURCE_LIMITS_H_
