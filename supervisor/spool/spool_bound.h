// Keeps a spool within a limit.
#ifndef SUPERVISOR_SPOOL_SPOOL_BOUND_H_
#define SUPERVISOR_SPOOL_SPOOL_BOUND_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "supervisor/base/sparse_file.h"

namespace mesos_executor::spool {

class SpoolBound {
 public:
  // `file` stays the caller's, is open for reading and writing, and outlives it.
  explicit SpoolBound(int file, HolePuncher punch = PunchHole);

  // Gives up the oldest bytes beyond `limit`, and returns how many. Where the file system can't,
  // gives up all of them: the file is truncated.
  absl::StatusOr<uint64_t> Keep(uint64_t limit);

 private:
  const int file_;
  HolePuncher punch_;
};

}  // namespace mesos_executor::spool

#endif  // SUPERVISOR_SPOOL_SPOOL_BOUND_H_
