// A stream of a task (its stdout or stderr), as the file that the supervisor opened for it.
#ifndef SIDECARS_LOG_SHIPPER_SPOOL_H_
#define SIDECARS_LOG_SHIPPER_SPOOL_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace mesos_executor::log_shipper {

// An append-only file, followed by its descriptor and never by a path. Offsets are bytes from its
// start; what lies behind the offset that was released takes no disk. Lives on the loop's thread;
// calls block for the disk only where the page cache has lost the data.
class Spool {
 public:
  virtual ~Spool() = default;

  // Where the file ends now. Less than before: it was truncated, by the task or by Release; reading
  // starts again at 0. What was truncated is 0 once, however far it has grown again.
  virtual absl::StatusOr<uint64_t> Size() = 0;

  // The first byte at or after `offset` that wasn't given back (by Release, or by the supervisor's
  // bound while nobody shipped); the size where there is none.
  virtual absl::StatusOr<uint64_t> FirstData(uint64_t offset) = 0;

  // Reads at `offset`; fewer bytes than asked for at the end, 0 beyond it.
  virtual absl::StatusOr<size_t> ReadAt(uint64_t offset, absl::Span<char> into) = 0;

  // Nobody will read what lies before `offset` again.
  virtual void Release(uint64_t offset) = 0;

  // Bytes that nobody had released when Release had to truncate the file, in all: only on file
  // systems that can't give back the start of a file.
  virtual uint64_t lost() const = 0;

  // Where reading starts again after a restart of this process: kept beside the file, durable
  // against our death. 0 at first.
  virtual uint64_t LoadOffset() = 0;
  virtual void StoreOffset(uint64_t offset) = 0;
};

}  // namespace mesos_executor::log_shipper

#endif  // SIDECARS_LOG_SHIPPER_SPOOL_H_
