// What the agent tells its executor in the environment about itself.
#ifndef SUPERVISOR_AGENT_AGENT_SETTINGS_H_
#define SUPERVISOR_AGENT_AGENT_SETTINGS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "supervisor/base/endpoint.h"
#include "supervisor/base/environment.h"
#include "supervisor/base/tls_credentials.h"

namespace mesos_executor::agent {

// The variables that an agent sets are listed in slave.cpp, executorEnvironment().
struct AgentSettings {
  // MESOS_AGENT_ENDPOINT: IP:PORT, as we resolve no names.
  TcpEndpoint endpoint;
  // The seed's setting API_PATH; on TCP only.
  std::string api_path = "/api/v1/executor";
  // LIBPROCESS_SSL_*, where they enable TLS; on TCP only.
  std::optional<TlsSettings> tls;
  // MESOS_DOMAIN_SOCKET, if the agent has one: no path otherwise. An agent lets only calls through
  // that name its actor, the first half of MESOS_SLAVE_PID, in the path (slave.cpp, initialize).
  UnixEndpoint socket;
  std::string socket_api_path;
  // MESOS_FRAMEWORK_ID, MESOS_EXECUTOR_ID.
  std::string framework_id;
  std::string executor_id;
  // MESOS_CHECKPOINT=1. The next two are set only then (slave/flags.cpp has these defaults).
  bool checkpoint = false;
  // MESOS_RECOVERY_TIMEOUT, MESOS_SUBSCRIPTION_BACKOFF_MAX.
  absl::Duration recovery_timeout = absl::Minutes(15);
  absl::Duration subscription_backoff_max = absl::Seconds(2);
  // ALLEGRO_EXECUTOR_CODEC, "json" or "protobuf": how events and calls are encoded.
  bool json = false;
  // The seed's setting STATE_UPDATE_BUFFER_SIZE: where so many updates wait for the agent, news of
  // checks is dropped (UpdateQueue).
  size_t update_buffer_size = 1024;
  // The seed's setting HTTP_TIMEOUT: the longest wait for the agent's answer to a call.
  absl::Duration http_timeout = absl::Seconds(10);
  // How long a first attempt to subscribe may take at least (Resubscription). No variable's.
  absl::Duration shortest_attempt = absl::Seconds(1);
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
