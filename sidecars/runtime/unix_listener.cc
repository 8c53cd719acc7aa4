#include "sidecars/runtime/unix_listener.h"

#include <errno.h>
#include <fcntl.h>
#include <glog/logging.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace mesos_executor::sidecar {
namespace {

// Without descriptors a connection stays in the queue and the socket readable: look again after
// this.
constexpr absl::Duration kPause = absl::Seconds(1);

UniqueFd NewSocket() {
  return UniqueFd(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

// Makes room at `path` if what is there is a socket that nobody listens at.
absl::Status RemoveStale(const std::string& path, const sockaddr_un& address) {
  struct stat status;
  if (lstat(path.c_str(), &status) != 0) return absl::ErrnoToStatus(errno, path);
  if (!S_ISSOCK(status.st_mode)) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, " is there already and is not a socket"));
  }
  const UniqueFd probe = NewSocket();
  if (connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 ||
      errno != ECONNREFUSED) {
    return absl::FailedPreconditionError(absl::StrCat("another process serves at ", path,
                                                      "; stop it or give --socket another path"));
  }
  if (unlink(path.c_str()) != 0 && errno != ENOENT) {
    return absl::ErrnoToStatus(errno, absl::StrCat("removing the stale socket ", path));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<UnixListener>> UnixListener::Listen(EventLoop* loop,
                                                                   const std::string& path,
                                                                   std::optional<gid_t> gid,
                                                                   Accepted accepted) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(address.sun_path)) {
    return absl::InvalidArgumentError(absl::StrCat("the socket's path must have 1 to ",
                                                   sizeof(address.sun_path) - 1, " bytes: ", path));
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);

  UniqueFd socket = NewSocket();
  const auto bind_socket = [&] {
    return bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  };
  if (!bind_socket()) {
    if (errno != EADDRINUSE)
      return absl::ErrnoToStatus(errno, absl::StrCat("making the socket ", path));
    if (absl::Status status = RemoveStale(path, address); !status.ok()) return status;
    if (!bind_socket()) return absl::ErrnoToStatus(errno, absl::StrCat("making the socket ", path));
  }
  // Until listen() nobody can connect, so that the wider mode that bind() may have given harms
  // nobody.
  if ((gid && chown(path.c_str(), -1, *gid) != 0) || chmod(path.c_str(), 0660) != 0 ||
      listen(socket.get(), SOMAXCONN) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("setting up the socket ", path));
  }
  return std::unique_ptr<UnixListener>(
      new UnixListener(loop, path, std::move(socket), std::move(accepted)));
}

UnixListener::UnixListener(EventLoop* loop, std::string path, UniqueFd socket, Accepted accepted)
    : loop_(*loop),
      path_(std::move(path)),
      socket_(std::move(socket)),
      accepted_(std::move(accepted)) {
  Watch();
}

void UnixListener::Watch() {
  pending_ = loop_.WatchReadable(socket_.get(), [this] { Accept(); });
}

void UnixListener::Accept() {
  for (;;) {
    UniqueFd connection(accept4(socket_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (connection.valid()) {
      accepted_(std::move(connection));
    } else if (errno == EAGAIN) {
      return;
    } else if (errno != EINTR && errno != ECONNABORTED) {
      LOG_EVERY_N(ERROR, 60) << "cannot accept connections at " << path_ << ": "
                             << std::strerror(errno) << "; trying again every second";
      pending_ = loop_.After(kPause, [this] { Watch(); });
      return;
    }
  }
}

}  // namespace mesos_executor::sidecar
