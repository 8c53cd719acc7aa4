#include "integration/free_port/free_port.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <cerrno>

#include "absl/status/status.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor {

absl::StatusOr<uint16_t> FreePort() {
  const UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t length = sizeof(address);
  if (bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0 ||
      getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    return absl::ErrnoToStatus(errno, "cannot find a free port on loopback");
  }
  return ntohs(address.sin_port);
}

}  // namespace mesos_executor
