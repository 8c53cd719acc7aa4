// What the agent tells its executor in the environment about itself.
#ifndef SUPERVISOR_AGENT_AGENT_SETTINGS_H_
#define SUPERVISOR_AGENT_AGENT_SETTINGS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "supervisor/base/endpoint.h"
#include "supervisor/base/environment.h"

namespace mesos_executor::agent {

// The variables that an agent sets are listed in slave.cpp, executorEnvironment().
struct AgentSettings {
  // MESOS_AGENT_ENDPOINT: IP:PORT, as we resolve no names.
  TcpEndpoint endpoint;
  // The seed's setting API_PATH.
  std::string api_path = "/api/v1/executor";
  // MESOS_FRAMEWORK_ID, MESOS_EXECUTOR_ID.
  std::string framework_id;
  std::string executor_id;
  // MESOS_CHECKPOINT=1. The next two are set only then (slave/flags.cpp has these defaults).
  bool checkpoint = false;
  // MESOS_RECOVERY_TIMEOUT, MESOS_SUBSCRIPTION_BACKOFF_MAX.
  absl::Duration recovery_timeout = absl::Minutes(15);
  absl::Duration subscription_backoff_max = absl::Seconds(2);
  // The seed's setting HTTP_TIMEOUT: the longest wait for the agent's answer to a call.
  absl::Duration http_timeout = absl::Seconds(10);
  // MESOS_EXECUTOR_AUTHENTICATION_TOKEN, sent with every call; empty if there is none. Never to be
  // logged.
  std::string token;

  // What the agent must set, and doesn't set well, is an error (InvalidArgument). A bad setting of
  // ours adds a line to `warnings`, and the default stands. Both name the variable, its value, and
  // what to do.
  static absl::StatusOr<AgentSettings> FromEnvironment(const Environment& environment,
                                                       std::vector<std::string>* warnings);
};

}  // namespace mesos_executor::agent

#endif  // SUPERVISOR_AGENT_AGENT_SETTINGS_H_
