#include "supervisor/base/task_endpoint.h"

#include <sys/socket.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace mesos_executor {

using ::mesos::v1::NetworkInfo;

absl::StatusOr<TcpEndpoint> EndpointOfTask(uint32_t port,
                                           std::optional<NetworkInfo::Protocol> protocol,
                                           std::string_view public_ip) {
  if (port < 1 || port > 65535) {
    return absl::InvalidArgumentError(absl::StrCat("port ", port, " is not in 1 to 65535"));
  }
  TcpEndpoint endpoint{protocol == NetworkInfo::IPv6 ? "::1" : "127.0.0.1",
                       static_cast<uint16_t>(port)};
  if (public_ip.empty()) return endpoint;
  const int family = AddressFamily(std::string(public_ip));
  if (family == AF_UNSPEC) {
    return absl::InvalidArgumentError("CLOUD_PUBLIC_IP is not an IP address");
  }
  const NetworkInfo::Protocol own = family == AF_INET6 ? NetworkInfo::IPv6 : NetworkInfo::IPv4;
  if (protocol.value_or(own) == own) endpoint.address = public_ip;
  return endpoint;
}

}  // namespace mesos_executor
