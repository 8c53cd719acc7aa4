#include "supervisor/spool/spool_bound.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "absl/status/status.h"

namespace mesos_executor::spool {

SpoolBound::SpoolBound(int file, HolePuncher punch) : file_(file), punch_(std::move(punch)) {}

absl::StatusOr<uint64_t> SpoolBound::Keep(uint64_t limit) {
  struct stat status;
  if (fstat(file_, &status) != 0) return absl::ErrnoToStatus(errno, "fstat of a spool");
  const auto size = static_cast<uint64_t>(status.st_size);
  // The usual case, before anything was given up or shipped.
  if (size <= limit) return 0;
  const absl::StatusOr<uint64_t> first = FirstData(file_, 0);
  if (!first.ok()) return first;
  // The task may have truncated it meanwhile.
  if (*first >= size || size - *first <= limit) return 0;
  const absl::StatusOr<uint64_t> punched = punch_(file_, *first, size - limit);
  if (punched.ok()) return *punched > *first ? *punched - *first : 0;
  if (!absl::IsUnimplemented(punched.status())) return punched;
  if (ftruncate(file_, 0) != 0) return absl::ErrnoToStatus(errno, "ftruncate of a spool");
  return size - *first;
}

}  // namespace mesos_executor::spool
