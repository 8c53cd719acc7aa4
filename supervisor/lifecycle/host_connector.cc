#include "supervisor/lifecycle/host_connector.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace mesos_executor::lifecycle {

absl::StatusOr<std::unique_ptr<Stream>> HostConnector::Connect(Stream::Listener* listener) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path_.size() >= sizeof(address.sun_path)) {
    return absl::InvalidArgumentError(absl::StrCat(path_, ": longer than a socket's path may be (",
                                                   sizeof(address.sun_path) - 1, " bytes)"));
  }
  memcpy(address.sun_path, path_.data(), path_.size());
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return absl::ErrnoToStatus(errno, "socket");
  if (connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("connect to ", path_));
  }
  return open_(std::move(socket), listener);
}

}  // namespace mesos_executor::lifecycle
