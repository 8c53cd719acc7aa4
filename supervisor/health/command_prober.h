// Probes a task by a command.
#ifndef SUPERVISOR_HEALTH_COMMAND_PROBER_H_
#define SUPERVISOR_HEALTH_COMMAND_PROBER_H_

#include <memory>

#include "supervisor/health/command_runner.h"
#include "supervisor/health/prober.h"

namespace mesos_executor::health {

// Exit code 0 is a success. `runner` must outlive it and its probes.
std::unique_ptr<Prober> NewCommandProber(CommandRunner* runner, CheckCommand command);

}  // namespace mesos_executor::health

#endif  // SUPERVISOR_HEALTH_COMMAND_PROBER_H_
