// What the agent tells its executor in the environment about itself.
#ifndef SUPERVISOR_AGENT_AGENT_SETTINGS_H_
#define SUPERVISOR_AGENT_AGENT_SETTINGS_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "supervisor/base/endpoint.h"

namespace mesos_executor::agent {

// The variables that an agent sets are listed in slave.cpp, executorEnvironment().
struct AgentSettings {
  // MESOS_AGENT_ENDPOINT: IP:PORT, as we resolve no names.
  TcpEndpoint endpoint;
  // ALLEGRO_EXECUTOR_API_PATH.
  std::string api_path = "/api/v1/executor";
  // MESOS_FRAMEWORK_ID, MESOS_EXECUTOR_ID.
  std::string framework_id;
  std::string executor_id;
  // MESOS_CHECKPOINT=1. The next two are set only then (slave/flags.cpp has these defaults).
  bool checkpoint = false;
  // MESOS_RECOVERY_TIMEOUT, MESOS_SUBSCRIPTION_BACKOFF_MAX.
  absl::Duration recovery_timeout = absl::Minutes(15);
  absl::Duration subscription_backoff_max = absl::Seconds(2);
  // ALLEGRO_EXECUTOR_HTTP_TIMEOUT: the longest wait for the agent's answer to a call.
  absl::Duration http_timeout = absl::Seconds(10);
  // MESOS_EXECUTOR_AUTHENTICATION_TOKEN, sent with every call; empty if there is none. Never to be
  // logged.
  std::string token;

  // `lookup` is like getenv(3). Errors are InvalidArgument; their message names the variable, its
  // value, and what to do.
  static absl::StatusOr<AgentSettings> FromEnvironment(
      absl::FunctionRef<const char*(const char* name)> lookup);
};

}  // namespace mesos_executor::agent

#endif  // SUPERVISOR_AGENT_AGENT_SETTINGS_H_
