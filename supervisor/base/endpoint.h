// Where a stream socket connects to.
#ifndef SUPERVISOR_BASE_ENDPOINT_H_
#define SUPERVISOR_BASE_ENDPOINT_H_

#include <cstdint>
#include <string>
#include <variant>

namespace mesos_executor {

// An IP address (v4 or v6, no brackets) and a port. Names are resolved elsewhere: a static binary
// can't.
struct TcpEndpoint {
  std::string address;
  uint16_t port = 0;

  bool operator==(const TcpEndpoint&) const = default;
};

// The path of a Unix socket.
struct UnixEndpoint {
  std::string path;

  bool operator==(const UnixEndpoint&) const = default;
};

using Endpoint = std::variant<TcpEndpoint, UnixEndpoint>;

// AF_INET or AF_INET6 for an IP address (no brackets); AF_UNSPEC for anything else, names included.
int AddressFamily(const std::string& text);

// For messages and Host headers: "127.0.0.1:80", "[::1]:80", "unix:/run/x.sock".
std::string EndpointName(const Endpoint& endpoint);

}  // namespace mesos_executor

#endif  // SUPERVISOR_BASE_ENDPOINT_H_
