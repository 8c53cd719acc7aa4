// What a process costs while it runs, read from /proc.
#ifndef INTEGRATION_BENCH_PROCESS_COST_H_
#define INTEGRATION_BENCH_PROCESS_COST_H_

#include <sys/types.h>

#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace mesos_executor::bench {

// Errors everywhere: the file that can't be read (our processes are not dumpable: it takes root).

struct MemoryCost {
  double private_dirty_mb = 0;
  double rss_mb = 0;
};
// Of all of them together (/proc/PID/smaps_rollup).
absl::StatusOr<MemoryCost> MemoryOf(const std::vector<pid_t>& processes);

struct TimeCost {
  // How often a thread of it gave up the processor to wait (voluntary_ctxt_switches), since its
  // start.
  double waits = 0;
  // On a processor, since its start (schedstat).
  absl::Duration cpu;
};
absl::StatusOr<TimeCost> TimeOf(const std::vector<pid_t>& processes);

}  // namespace mesos_executor::bench

#endif  // INTEGRATION_BENCH_PROCESS_COST_H_
