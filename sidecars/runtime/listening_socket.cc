#include "sidecars/runtime/listening_socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <filesystem>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace mesos_executor::sidecar {
namespace {

constexpr char kDefaultGroup[] = "mesos-executor";
// With its ending zero byte (unix(7)).
constexpr size_t kMaxPath = sizeof(sockaddr_un::sun_path) - 1;

UniqueFd NewSocket(int family, int type) {
  return UniqueFd(socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

sockaddr_un AddressOf(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

bool Bind(int socket, const std::string& path) {
  const sockaddr_un address = AddressOf(path);
  return bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
}

// Whether what is at `path` is a socket that nobody listens at.
absl::Status CheckStale(const std::string& path, int type) {
  struct stat status;
  if (lstat(path.c_str(), &status) != 0) return absl::ErrnoToStatus(errno, path);
  if (!S_ISSOCK(status.st_mode)) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, " is there already and is not a socket"));
  }
  const UniqueFd probe = NewSocket(AF_UNIX, type);
  const sockaddr_un address = AddressOf(path);
  if (connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 ||
      errno != ECONNREFUSED) {
    return absl::FailedPreconditionError(
        absl::StrCat("another process serves at ", path, "; stop it or choose another path"));
  }
  return absl::OkStatus();
}

// Owner and group may connect, from now on.
absl::Status Open(int socket, const std::string& path, std::optional<gid_t> gid) {
  // Until listen() nobody can connect, so that the wider mode that bind() may have given harms
  // nobody.
  if ((gid && chown(path.c_str(), -1, *gid) != 0) || chmod(path.c_str(), 0660) != 0 ||
      listen(socket, SOMAXCONN) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("setting up the socket ", path));
  }
  return absl::OkStatus();
}

// Puts the socket in the place of a stale one in one step: a supervisor that finds no file takes
// it that this host has no daemon.
absl::Status Replace(int socket, const std::string& path, std::optional<gid_t> gid) {
  // No other process of ours has it, and what one of the same pid left is nobody's.
  const std::string suffix = absl::StrCat(".", getpid());
  const size_t folder = path.rfind('/') + 1;
  const std::string fresh = path.substr(0, std::max(folder, kMaxPath - suffix.size())) + suffix;
  if (fresh.size() > kMaxPath) {
    return absl::InvalidArgumentError(
        absl::StrCat("the folder of the socket has too long a path: ", path));
  }
  unlink(fresh.c_str());
  if (!Bind(socket, fresh)) return absl::ErrnoToStatus(errno, absl::StrCat("making ", fresh));
  absl::Status status = Open(socket, fresh, gid);
  if (status.ok() && rename(fresh.c_str(), path.c_str()) != 0) {
    status = absl::ErrnoToStatus(errno, absl::StrCat("replacing the stale socket ", path));
  }
  if (!status.ok()) unlink(fresh.c_str());
  return status;
}

}  // namespace

absl::StatusOr<UniqueFd> ListenUnix(const std::string& path, std::optional<gid_t> gid, int type) {
  if (path.empty() || path.size() > kMaxPath) {
    return absl::InvalidArgumentError(
        absl::StrCat("the socket's path must have 1 to ", kMaxPath, " bytes: ", path));
  }
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);

  UniqueFd socket = NewSocket(AF_UNIX, type);
  absl::Status status;
  if (Bind(socket.get(), path)) {
    status = Open(socket.get(), path, gid);
  } else if (errno != EADDRINUSE) {
    status = absl::ErrnoToStatus(errno, absl::StrCat("making the socket ", path));
  } else if (status = CheckStale(path, type); status.ok()) {
    status = Replace(socket.get(), path, gid);
  }
  if (!status.ok()) return status;
  return socket;
}

absl::StatusOr<std::optional<gid_t>> SocketGroup(const std::optional<std::string>& name) {
  if (const group* found = getgrnam(name.value_or(kDefaultGroup).c_str())) return found->gr_gid;
  if (name) return absl::InvalidArgumentError(absl::StrCat("--group: there is no group ", *name));
  return std::nullopt;
}

absl::StatusOr<UniqueFd> ListenTcp(const TcpEndpoint& endpoint) {
  sockaddr_storage address = {};
  socklen_t size;
  if (AddressFamily(endpoint.address) == AF_INET6) {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(address);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(endpoint.port);
    inet_pton(AF_INET6, endpoint.address.c_str(), &v6.sin6_addr);
    size = sizeof(v6);
  } else {
    auto& v4 = reinterpret_cast<sockaddr_in&>(address);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(endpoint.port);
    if (inet_pton(AF_INET, endpoint.address.c_str(), &v4.sin_addr) != 1) {
      return absl::InvalidArgumentError(absl::StrCat("not an IP address: ", endpoint.address));
    }
    size = sizeof(v4);
  }
  UniqueFd socket = NewSocket(address.ss_family, SOCK_STREAM);
  const int on = 1;
  // Else a restart would have to wait for connections of the process before (socket(7)).
  if (setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
      bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      listen(socket.get(), SOMAXCONN) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("listening at ", EndpointName(endpoint)));
  }
  return socket;
}

std::string SocketName(int socket) {
  sockaddr_storage address = {};
  socklen_t size = sizeof(address);
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) return "nowhere";
  char text[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    inet_ntop(AF_INET, &v4.sin_addr, text, sizeof(text));
    return EndpointName(TcpEndpoint{text, ntohs(v4.sin_port)});
  }
  if (address.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof(text));
    return EndpointName(TcpEndpoint{text, ntohs(v6.sin6_port)});
  }
  // The kernel's length may leave out the ending zero byte (unix(7)).
  const auto& local = reinterpret_cast<const sockaddr_un&>(address);
  const size_t length = size - std::min<size_t>(size, offsetof(sockaddr_un, sun_path));
  return EndpointName(UnixEndpoint{std::string(local.sun_path, strnlen(local.sun_path, length))});
}

}  // namespace mesos_executor::sidecar
