// What this machine needs at the least: the empty program, started and killed without anything
// around it.
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

}  // namespace mesos_executor::bench

#endif  // INTEGRATION_BENCH_LIMITS_H_
