// One executor's life under the dev agent, with its times and costs.
#ifndef INTEGRATION_BENCH_EXECUTOR_LIFE_H_
#define INTEGRATION_BENCH_EXECUTOR_LIFE_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "integration/bench/process_cost.h"

namespace mesos_executor::bench {

struct LifeSpec {
  // The executor; its sidecars lie beside it.
  std::string executor;
  // The task's command, for a shell, without parentheses.
  std::string command = "exec sleep 3600";
  // A port on which the command serves GET /health, to be checked each second; 0 for none.
  uint16_t checked_port = 0;
  // The label `consul`, with Consul at this address; empty for none.
  std::string consul;
  // How long the executor is watched in its idle state.
  absl::Duration watch;
};

struct Life {
  absl::Duration exec_to_subscribe;
  absl::Duration launch_to_running;
  absl::Duration kill_to_killed;
  // Of the executor and its helpers of the same program (the shim).
  MemoryCost memory;
  // Of the executor's process alone.
  double rss_mb = 0;
  // A second, while it was watched.
  double waits = 0;
  absl::Duration cpu;
};

// DeadlineExceeded, naming the step, if the executor doesn't do what it should within a minute.
absl::StatusOr<Life> LiveUnderAgent(const LifeSpec& spec);

}  // namespace mesos_executor::bench

#endif  // INTEGRATION_BENCH_EXECUTOR_LIFE_H_
