#include "integration/receiver/reserved_port.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "absl/status/status.h"

namespace mesos_executor::receiver {
namespace {

constexpr int kAttempts = 100;

absl::StatusOr<ReservedPort> Bind(int type, uint16_t number) {
  UniqueFd fd(socket(AF_INET, type | SOCK_CLOEXEC, 0));
  const int on = 1;
  if (type == SOCK_STREAM) setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(number);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(fd.get(), generic, size) != 0 || getsockname(fd.get(), generic, &size) != 0) {
    return absl::ErrnoToStatus(errno, "cannot reserve a port on loopback");
  }
  return ReservedPort{std::move(fd), ntohs(address.sin_port)};
}

}  // namespace

absl::StatusOr<ReservedPort> ReservePort(bool udp_too) {
  absl::StatusOr<ReservedPort> port = absl::UnknownError("");
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    port = Bind(SOCK_STREAM, 0);
    if (!port.ok() || !udp_too || Bind(SOCK_DGRAM, port->number).ok()) break;
  }
  return port;
}

}  // namespace mesos_executor::receiver
