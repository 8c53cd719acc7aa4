// The environment in which an agent starts an executor (Mesos' src/slave/slave.cpp,
// executorEnvironment).
#ifndef INTEGRATION_DEV_AGENT_EXECUTOR_ENVIRONMENT_H_
#define INTEGRATION_DEV_AGENT_EXECUTOR_ENVIRONMENT_H_

#include <map>
#include <string>

#include "absl/time/time.h"
#include "integration/dev_agent/launch.h"

namespace mesos_executor::dev_agent {

// How the executor is to reach its agent.
struct AgentAddress {
  // IP:PORT.
  std::string endpoint;
  // With --http_executor_domain_sockets.
  std::string unix_socket;
  // With --jwt_secret_key.
  std::string token;
  // TLS on TCP.
  bool tls = false;
};

// By name. The variables of the executor's own command override all others.
std::map<std::string, std::string> ExecutorEnvironment(const ExecutorLaunch& launch,
                                                       const AgentAddress& agent);

// As stout prints it (duration.hpp): "5secs", "2500ms", "90secs", "1.025mins".
std::string MesosDurationText(absl::Duration duration);

}  // namespace mesos_executor::dev_agent

#endif  // INTEGRATION_DEV_AGENT_EXECUTOR_ENVIRONMENT_H_
