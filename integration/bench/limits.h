// What this machine needs at the least: the empty program, started and killed without anything
// around it; and what a shim adds.
#ifndef INTEGRATION_BENCH_LIMITS_H_
#define INTEGRATION_BENCH_LIMITS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "integration/bench/process_cost.h"

namespace mesos_executor::bench {

struct BareLife {
  // From fork to the program's first byte.
  absl::Duration start;
  // From kill(2) to the return of waitpid(2).
  absl::Duration kill;
  MemoryCost memory;
};
absl::StatusOr<BareLife> LiveBare(const std::string& empty_program);

// The same program as a check's command is run, by `tree_life_program`.
struct ShimmedLife {
  // From the wish to have a shim until the program runs.
  absl::Duration start;
  // From SIGTERM until nothing of it is left.
  absl::Duration kill;
};
absl::StatusOr<ShimmedLife> LiveUnderShim(const std::string& tree_life_program,
                                          const std::string& empty_program);

}  // namespace mesos_executor::bench

#endif  // INTEGRATION_BENCH_LIMITS_H_
