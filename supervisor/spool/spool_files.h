// The files that a scraped task writes to in place of the executor's own stdout and stderr.
#ifndef SUPERVISOR_SPOOL_SPOOL_FILES_H_
#define SUPERVISOR_SPOOL_SPOOL_FILES_H_

#include <sys/types.h>

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor::spool {

// The task's ends: append-only.
struct TaskOutput {
  UniqueFd out;
  UniqueFd err;
};

// The shipper's ends: for reading, and for giving back what was read.
struct SpoolFiles {
  UniqueFd out;
  UniqueFd err;
  // The shipper's own: where it is in the two.
  UniqueFd offsets;
  TaskOutput task;
};

// Whom the files are given to.
struct Owner {
  uid_t uid = 0;
  gid_t gid = 0;
};

// Makes them, new, in the folder `.mesos-executor` of the sandbox, before the task runs. They are
// opened by name this one time: the task may then do with the names what it likes. Their user may
// open them again by /dev/stdout. Errors: FailedPrecondition where files may not grow
// (RLIMIT_FSIZE), PermissionDenied where the folder is another user's, or what the kernel said: a
// file that is there already, a link in the folder's place.
absl::StatusOr<SpoolFiles> MakeSpoolFiles(const std::string& sandbox,
                                          const std::optional<Owner>& owner);

}  // namespace mesos_executor::spool

#endif  // SUPERVISOR_SPOOL_SPOOL_FILES_H_
