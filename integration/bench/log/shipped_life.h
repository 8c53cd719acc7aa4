// A task's output through the whole of our log path, timed.
#ifndef INTEGRATION_BENCH_LOG_SHIPPED_LIFE_H_
#define INTEGRATION_BENCH_LOG_SHIPPED_LIFE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace mesos_executor::bench {

struct LogPrograms {
  std::string executor;
  std::string shipper;
  std::string writer;
  std::string sink;
};

struct Flood {
  // Of a write(2) of a line into the spool, while the shipper is stopped.
  absl::Duration write;
  // The shipper's processor time, from when it goes on until the sink has all, and how long that
  // took.
  absl::Duration cpu;
  absl::Duration wall;
};
// A task writes so many lines while the shipper, a host daemon, is stopped; then it goes on.
absl::StatusOr<Flood> ShipFlood(const LogPrograms& programs, uint64_t lines);

// From just before a line is written until the receiver has it; nothing else happens. One of each
// line.
absl::StatusOr<std::vector<absl::Duration>> ShipSingleLines(const LogPrograms& programs, int lines);

}  // namespace mesos_executor::bench

#endif  // INTEGRATION_BENCH_LOG_SHIPPED_LIFE_H_
