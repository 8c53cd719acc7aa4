// What a health check is: Mesos' message, validated, with everything decided that can be before it
// runs.
#ifndef SUPERVISOR_HEALTH_CHECK_DEFINITION_H_
#define SUPERVISOR_HEALTH_CHECK_DEFINITION_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "protos/mesos/v1/health.pb.h"
#include "supervisor/base/endpoint.h"

namespace mesos_executor::health {

// GET; 200 to 399 is a success.
struct HttpCheck {
  TcpEndpoint endpoint;
  // Path and query.
  std::string target;
};

// A connection that is made is a success.
struct TcpCheck {
  TcpEndpoint endpoint;
};

struct CheckDefinition {
  std::variant<HttpCheck, TcpCheck> probe;
  // From the start of the task to the first probe.
  absl::Duration delay;
  // From the end of a probe to the start of the next; at least 10 ms, so that no definition makes
  // the supervisor spin.
  absl::Duration interval;
  // Of one probe; infinite where the definition says 0.
  absl::Duration timeout;
  // From the start of the task: failures in this time don't count, until the first success.
  absl::Duration grace_period;
  // So many in a row kill the task; 0 and 1 both mean the first one.
  uint32_t consecutive_failures = 0;

  // For messages: "HTTP check of 127.0.0.1:80/health". Without the query, which may hold a secret.
  std::string Name() const;
};

// `public_ip` is CLOUD_PUBLIC_IP, where tasks are reached, or "": then it is 127.0.0.1, or ::1
// where the check asks for IPv6. So it is where the check asks for the other family than that of
// `public_ip`. Errors: InvalidArgument (the message, or `public_ip`), Unimplemented (COMMAND,
// HTTPS). Messages name field and value.
absl::StatusOr<CheckDefinition> ToCheckDefinition(const mesos::v1::HealthCheck& check,
                                                  std::string_view public_ip);

}  // namespace mesos_executor::health

#endif  // SUPERVISOR_HEALTH_CHECK_DEFINITION_H_
