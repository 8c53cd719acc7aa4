// Where a sidecar's metrics may be read: on this host only.
#ifndef SIDECARS_RUNTIME_METRICS_ENDPOINT_H_
#define SIDECARS_RUNTIME_METRICS_ENDPOINT_H_

#include <string>

#include "absl/status/statusor.h"
#include "supervisor/base/endpoint.h"

namespace mesos_executor::sidecar {

// Reads "unix:PATH", "127.0.0.1:PORT" or "[::1]:PORT"; port 0 is any free one. InvalidArgument, in
// words for the person who typed it: metrics name tasks, and whoever reads them is asked for
// nothing, so no other host may.
absl::StatusOr<Endpoint> ParseMetricsEndpoint(const std::string& text);

}  // namespace mesos_executor::sidecar

#endif  // SIDECARS_RUNTIME_METRICS_ENDPOINT_H_
