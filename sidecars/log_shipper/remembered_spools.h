// Finds a task's spools again after a restart of this process, when no supervisor lives that could
// send them.
#ifndef SIDECARS_LOG_SHIPPER_REMEMBERED_SPOOLS_H_
#define SIDECARS_LOG_SHIPPER_REMEMBERED_SPOOLS_H_

#include <string>

#include "absl/status/statusor.h"
#include "sidecars/log_shipper/task_spools.h"
#include "sidecars/runtime/handler.h"

namespace mesos_executor::log_shipper {

// Opens what TaskSpools::record tells of. No path is trusted: a file counts only when it is the
// very one of the record (inode and time of birth, and device), regular, with one name, and still
// the same user's; links are not followed. The executor's own outputs can't be had again. Errors:
// NotFound (gone, or something else is there), InvalidArgument (the record), or what open(2) said.
absl::StatusOr<TaskSpools> ReopenSpools(const sidecar::TaskKey& key, const std::string& record);

}  // namespace mesos_executor::log_shipper

#endif  // SIDECARS_LOG_SHIPPER_REMEMBERED_SPOOLS_H_
