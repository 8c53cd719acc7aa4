// How an agent is started: the flags of mesos-agent that an executor can tell, and what goes wrong.
#ifndef INTEGRATION_DEV_AGENT_AGENT_OPTIONS_H_
#define INTEGRATION_DEV_AGENT_AGENT_OPTIONS_H_

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "integration/dev_agent/fault_plan.h"
#include "supervisor/base/tls_server.h"

namespace mesos_executor::dev_agent {

struct AgentOptions {
  // --http_executor_domain_sockets: the API also on this Unix socket, of which the executor is
  // told; empty: none.
  std::string unix_socket;
  // --authenticate_http_executors and --jwt_secret_key: what the executor's token is signed with.
  std::optional<std::string> jwt_secret;
  // TLS on TCP, with a certificate; none: plain. The executor is told that there is TLS, as an
  // operator must (--executor_environment_variables), but not whom to believe.
  TlsServerSettings tls;
  // How often a HEARTBEAT is sent on a stream; not a flag of a real agent.
  absl::Duration heartbeat = absl::Minutes(30);
  FaultPlan faults;
};

}  // namespace mesos_executor::dev_agent

#endif  // INTEGRATION_DEV_AGENT_AGENT_OPTIONS_H_
