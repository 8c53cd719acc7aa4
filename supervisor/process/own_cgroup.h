// Where this process's own cgroup is to be found in the file system.
#ifndef SUPERVISOR_PROCESS_OWN_CGROUP_H_
#define SUPERVISOR_PROCESS_OWN_CGROUP_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace mesos_executor::process {

// The folder, from /proc/self/cgroup (cgroups(7)) and /proc/self/mountinfo (proc(5)), of the
// hierarchy v1 of `controller`, or of v2 if that is empty. Errors: NotFound (no such hierarchy, not
// mounted, or mounted without our part of it), the failed read. `proc_self` stands in for
// /proc/self in tests.
absl::StatusOr<std::string> OwnCgroup(absl::string_view controller,
                                      const std::string& proc_self = "/proc/self");

}  // namespace mesos_executor::process

#endif  // SUPERVISOR_PROCESS_OWN_CGROUP_H_
