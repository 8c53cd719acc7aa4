// What a supervisor has sent of a task's output.
#ifndef SIDECARS_LOG_SHIPPER_TASK_SPOOLS_H_
#define SIDECARS_LOG_SHIPPER_TASK_SPOOLS_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "sidecars/log_shipper/executor_output.h"
#include "sidecars/log_shipper/spool.h"
#include "sidecars/runtime/handler.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor::log_shipper {

struct TaskSpools {
  struct Stream {
    std::unique_ptr<Spool> spool;
    // The spool's own, for SpoolWatch.
    int fd = -1;
    // Null where there is none: after a restart of both the supervisor and this process.
    std::unique_ptr<ExecutorOutput> unparsed;
  };

  // Whose it is: the uid is the kernel's word, the ids are the peer's and may be those of no task.
  sidecar::TaskKey key;
  std::string incarnation;
  // How many bytes of each spool may wait to be shipped: beyond it the oldest go.
  uint64_t limit = 0;
  Stream out;
  Stream err;
  // For Memory::Remember; ReopenSpools makes the same spools of it.
  std::string record;
  // The connection on which they came. Closing it tells the supervisor that nobody ships any more:
  // it then keeps the bound itself, and sends the spools again while it is attached.
  UniqueFd held;
};

// Of which they are made: files open for reading and writing.
struct SpoolFiles {
  UniqueFd out;
  UniqueFd err;
  UniqueFd offsets;
};

// InvalidArgument for what can't be a spool of the user `uid`, whatever a peer says: anything but a
// regular file, another user's (unless the peer is root), one that isn't open for both reading and
// writing, or one of FUSE, behind which there may be a process that never answers. `what` names it
// in messages.
absl::Status CheckSpoolFile(int fd, uid_t uid, const char* what);

// `key`, `incarnation` and `limit` are filled in; `unparsed` and `held` are the caller's. Errors:
// what the kernel said.
absl::StatusOr<TaskSpools> MakeTaskSpools(sidecar::TaskKey key, std::string incarnation,
                                          uint64_t limit, SpoolFiles files);

}  // namespace mesos_executor::log_shipper

#endif  // SIDECARS_LOG_SHIPPER_TASK_SPOOLS_H_
