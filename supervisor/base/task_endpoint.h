// Where a task is reached over the network: by its checks, and to ask it to stop.
#ifndef SUPERVISOR_BASE_TASK_ENDPOINT_H_
#define SUPERVISOR_BASE_TASK_ENDPOINT_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "protos/mesos/v1/network.pb.h"
#include "supervisor/base/endpoint.h"

namespace mesos_executor {

// `public_ip` is CLOUD_PUBLIC_IP, where tasks are reached, or "": then it is 127.0.0.1, or ::1
// where IPv6 is asked for. So it is where the other family than that of `public_ip` is asked for.
// Errors: InvalidArgument (the port, or `public_ip`).
absl::StatusOr<TcpEndpoint> EndpointOfTask(uint32_t port,
                                           std::optional<mesos::v1::NetworkInfo::Protocol> protocol,
                                           std::string_view public_ip);

}  // namespace mesos_executor

#endif  // SUPERVISOR_BASE_TASK_ENDPOINT_H_
