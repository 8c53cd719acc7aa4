#include "integration/free_port/free_port.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <cerrno>

#include "absl/status/status.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor {

absl::StatusOr<std::vector<uint16_t>> FreePorts(size_t count) {
  std::vector<uint16_t> ports;
  // All are held until the last one is found, so that none comes twice.
  std::vector<UniqueFd> held;
  while (ports.size() < count) {
    held.emplace_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof(address);
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (bind(held.back().get(), generic, length) != 0 ||
        getsockname(held.back().get(), generic, &length) != 0) {
      return absl::ErrnoToStatus(errno, "cannot find a free port on loopback");
    }
    ports.push_back(ntohs(address.sin_port));
  }
  return ports;
}

absl::StatusOr<uint16_t> FreePort() {
  const absl::StatusOr<std::vector<uint16_t>> ports = FreePorts(1);
  if (!ports.ok()) return ports.status();
  return ports->front();
}

}  // namespace mesos_executor
