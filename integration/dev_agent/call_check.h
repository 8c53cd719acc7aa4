// Whether a request to the executor API is a call that the agent takes, or what it answers instead.
// The checks and their order are those of Mesos' src/slave/http.cpp (Http::executor) and
// src/common/validation.cpp; the answers are those of a real agent.
#ifndef INTEGRATION_DEV_AGENT_CALL_CHECK_H_
#define INTEGRATION_DEV_AGENT_CALL_CHECK_H_

#include <optional>
#include <string>
#include <variant>

#include "integration/dev_agent/http_text.h"
#include "protos/mesos/v1/executor.pb.h"

namespace mesos_executor::dev_agent {

// A request as it came.
struct RawCall {
  std::string method;
  // Without the query.
  std::string path;
  std::optional<std::string> content_type;
  std::optional<std::string> accept;
  std::optional<std::string> authorization;
  std::string body;
  // Not by TCP.
  bool on_unix_socket = false;
};

// How far an agent that starts is.
enum class AgentPhase {
  kNoRoutes,     // It listens, and knows no path yet.
  kUnrecovered,  // It does not know yet what it ran.
  kRecovering,   // It waits for executors to subscribe again.
  kRunning,
};

// What the agent knows when the request comes.
struct KnownExecutor {
  AgentPhase phase = AgentPhase::kRunning;
  // Empty: no executor, and no framework either.
  std::string framework_id;
  std::string executor_id;
  std::string container_id;
  // Has it subscribed yet?
  bool subscribed = false;
  // What tokens are signed with; without it none is asked for.
  std::optional<std::string> jwt_secret;
};

// A SUBSCRIBE, UPDATE or MESSAGE for the executor.
struct AcceptedCall {
  mesos::v1::executor::Call call;
  // How a SUBSCRIBE wants its events.
  MediaType events = MediaType::kJson;
};

std::variant<Answer, AcceptedCall> CheckCall(const RawCall& request, const KnownExecutor& executor);

}  // namespace mesos_executor::dev_agent

#endif  // INTEGRATION_DEV_AGENT_CALL_CHECK_H_
