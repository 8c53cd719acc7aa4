// `dev-agent run`: one task from its launch to its end, shown as it happens.
#ifndef INTEGRATION_DEV_AGENT_RUN_H_
#define INTEGRATION_DEV_AGENT_RUN_H_

#include "absl/status/statusor.h"
#include "integration/dev_agent/run_options.h"

namespace mesos_executor::dev_agent {

// Prints to stdout. True: the task ended as asked. Call it from main(), before there is any thread:
// it takes over the signals that ask a program to end. Errors are what kept the executor from being
// started.
absl::StatusOr<bool> Run(const RunOptions& options);

}  // namespace mesos_executor::dev_agent

#endif  // INTEGRATION_DEV_AGENT_RUN_H_
