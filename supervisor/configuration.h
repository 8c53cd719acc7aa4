// What an operator can set for the supervisor, read once from its environment.
#ifndef SUPERVISOR_CONFIGURATION_H_
#define SUPERVISOR_CONFIGURATION_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "supervisor/agent/agent_settings.h"
#include "supervisor/base/environment.h"
#include "supervisor/process/containment.h"
#include "supervisor/task/limits.h"

namespace mesos_executor {

struct Configuration {
  agent::AgentSettings agent;
  task::Limits limits;
  // MESOS_SANDBOX, else MESOS_DIRECTORY, else the working directory.
  std::string sandbox;
  // CLOUD_PUBLIC_IP, where it is one: the address at which the task is checked. Else loopback.
  std::string public_ip;
  // SIGTERM_EXCLUDE_PROCESSES: names of processes that are not sent SIGTERM.
  std::vector<std::string> sigterm_exclusions;
  // RANDOM_EXPIRATION_RANGE: tasks are killed within so long before their certificate ends.
  absl::Duration expiration_range = absl::Hours(3);
  // ALLEGRO_EXECUTOR_CONTAINMENT: how the task's processes are held together.
  process::Containment containment = process::Containment::kSubreaper;
  // ALLEGRO_EXECUTOR_DEBUG.
  bool debug = false;
  // For the log: each names a variable, its value, and what is taken instead.
  std::vector<std::string> warnings;

  // InvalidArgument where the agent can't be spoken to; what else is wrong is a warning, as a bad
  // setting must not hurt the task.
  static absl::StatusOr<Configuration> FromEnvironment(const Environment& environment);
};

}  // namespace mesos_executor

#endif  // SUPERVISOR_CONFIGURATION_H_
