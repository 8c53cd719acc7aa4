// What a check is: Mesos' message, validated, with everything decided that can be before it runs.
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
#include "supervisor/health/command_runner.h"

namespace mesos_executor::health {

// GET.
struct HttpCheck {
  TcpEndpoint endpoint;
  // Path and query.
  std::string target;
  // https. Whoever answers is believed: the task's own certificate is for its name, not for here.
  bool tls = false;
};

// A connection.
struct TcpCheck {
  TcpEndpoint endpoint;
};

// What a HealthCheck and a CheckInfo have in common.
struct CheckDefinition {
  std::variant<HttpCheck, TcpCheck, CheckCommand> probe;
  // From the start of the task to the first probe.
  absl::Duration delay;
  // From the end of a probe to the start of the next; at least 10 ms, so that no definition makes
  // the supervisor spin.
  absl::Duration interval;
  // Of one probe; infinite where the definition says 0.
  absl::Duration timeout;

  // For messages: "HTTP check of 127.0.0.1:80/health". Without what may hold a secret: a query, the
  // words of a command.
  std::string Name() const;
};

struct HealthDefinition {
  CheckDefinition check;
  // From the start of the task: failures in this time don't count, until it is healthy.
  absl::Duration grace_period;
  // So many in a row kill the task; 0 and 1 both mean the first one.
  uint32_t consecutive_failures = 0;
  // So many successes in a row make it healthy. Not of Mesos' message: see health_labels.h.
  uint32_t min_successes = 1;
};

// `public_ip` is as for EndpointOfTask (task_endpoint.h). A command's user and URIs don't count, as
// in Mesos' own executors: it runs as the task's user. Errors: InvalidArgument (the message, or
// `public_ip`). Messages name field and value.
absl::StatusOr<HealthDefinition> ToHealthDefinition(const mesos::v1::HealthCheck& check,
                                                    std::string_view public_ip);
absl::StatusOr<CheckDefinition> ToCheckDefinition(const mesos::v1::CheckInfo& check,
                                                  std::string_view public_ip);

}  // namespace mesos_executor::health

#endif  // SUPERVISOR_HEALTH_CHECK_DEFINITION_H_
