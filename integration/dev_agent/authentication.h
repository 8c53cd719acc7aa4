// Who may call: what an agent with --authenticate_http_executors and --jwt_secret_key gives to an
// executor, and what it asks of it afterwards (Mesos' src/slave/http.cpp, verifyExecutorClaims, and
// libprocess' jwt.cpp and jwt_authenticator.cpp).
#ifndef INTEGRATION_DEV_AGENT_AUTHENTICATION_H_
#define INTEGRATION_DEV_AGENT_AUTHENTICATION_H_

#include <map>
#include <optional>
#include <string>
#include <variant>

#include "absl/strings/string_view.h"
#include "integration/dev_agent/http_text.h"

namespace mesos_executor::dev_agent {

// By name: "cid", "eid" and "fid" of an executor.
using Claims = std::map<std::string, std::string>;

Claims ExecutorClaims(const std::string& framework_id, const std::string& executor_id,
                      const std::string& container_id);

// A JSON Web Token, signed by HMAC with SHA-256 (RFC 7519; RFC 7515, A.1).
std::string NewToken(const Claims& claims, absl::string_view secret);

// What an Authorization header proves, or the 401 that it is answered with.
std::variant<Answer, Claims> Authenticate(const std::optional<std::string>& authorization,
                                          absl::string_view secret);

// The 403 for a token that is another executor's.
std::optional<Answer> CheckClaims(const Claims& claims, const Claims& expected);

}  // namespace mesos_executor::dev_agent

#endif  // INTEGRATION_DEV_AGENT_AUTHENTICATION_H_
