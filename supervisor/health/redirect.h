// Where an HTTP redirect leads.
#ifndef SUPERVISOR_HEALTH_REDIRECT_H_
#define SUPERVISOR_HEALTH_REDIRECT_H_

#include <optional>
#include <string_view>

#include "supervisor/health/check_definition.h"

namespace mesos_executor::health {

// The Location of an answer to `from` (RFC 9110, 10.2.2), if it stays on that host, over http or
// https, on whatever port. Nothing otherwise: other hosts don't say how this task is, and names
// can't be resolved here.
std::optional<HttpCheck> ResolveRedirect(const HttpCheck& from, std::string_view location);

}  // namespace mesos_executor::health

#endif  // SUPERVISOR_HEALTH_REDIRECT_H_
