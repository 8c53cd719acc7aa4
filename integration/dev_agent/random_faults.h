// Fault plans by the seed: what an agent may do to an executor that must lose and reorder nothing
// by it.
#ifndef INTEGRATION_DEV_AGENT_RANDOM_FAULTS_H_
#define INTEGRATION_DEV_AGENT_RANDOM_FAULTS_H_

#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"
#include "integration/dev_agent/fault_plan.h"

namespace mesos_executor::dev_agent {

struct RandomFaultOptions {
  // At most so many faults,
  int faults = 4;
  // each at one of the first so many calls of a type (or connections),
  int calls = 8;
  // answers cut within so many bytes,
  size_t bytes = 4096;
  // and no freeze, delay or phase of a restart longer than this.
  absl::Duration longest = absl::Milliseconds(50);
  // Restarts, which need a framework that checkpoints.
  bool restarts = true;
};

// The same seed and options give the same plan, on any machine. Of all faults only those that an
// executor survives: none answers that it was forgotten or has no right, and the window of a
// restart is an hour. No call is ignored, which would cost the executor's whole time-out (freezes
// do that too, in the time that they are given). Each strikes a bounded number of times, so that in
// the end the agent is well.
//
// A task whose LAUNCH was lost with its stream is TASK_DROPPED, made by the agent, at the next
// SUBSCRIBE: a real agent does the same, and no executor can help it.
FaultPlan RandomFaults(uint64_t seed, const RandomFaultOptions& options = {});

}  // namespace mesos_executor::dev_agent

#endif  // INTEGRATION_DEV_AGENT_RANDOM_FAULTS_H_
