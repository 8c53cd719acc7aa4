// Files whose start is given back to the disk while others append to them.
#ifndef SUPERVISOR_BASE_SPARSE_FILE_H_
#define SUPERVISOR_BASE_SPARSE_FILE_H_

#include <cstdint>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"

namespace mesos_executor {

// The first byte at or after `offset` that lies in no hole; the file's end where there is none
// (SEEK_DATA, lseek(2)). Moves the file's own position.
absl::StatusOr<uint64_t> FirstData(int fd, uint64_t offset);

// Gives back the blocks that lie wholly in [from, end) (FALLOC_FL_PUNCH_HOLE, fallocate(2)): the
// file keeps its size, what appends to it goes on. Returns up to where; a later call may start
// there. Unimplemented where the file system can't.
absl::StatusOr<uint64_t> PunchHole(int fd, uint64_t from, uint64_t end);

// For tests of those that must get along without.
using HolePuncher = absl::AnyInvocable<absl::StatusOr<uint64_t>(int, uint64_t, uint64_t)>;

}  // namespace mesos_executor

#endif  // SUPERVISOR_BASE_SPARSE_FILE_H_
