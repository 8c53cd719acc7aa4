#include "sidecars/runtime/inherited_sockets.h"

#include <errno.h>
#include <fcntl.h>

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace mesos_executor::sidecar {
namespace {

// Ours are two at the most; what is more is a mistake.
constexpr int kMaxSockets = 16;

int IntOption(int socket, int option) {
  int value = -1;
  socklen_t size = sizeof(value);
  return getsockopt(socket, SOL_SOCKET, option, &value, &size) == 0 ? value : -1;
}

}  // namespace

absl::StatusOr<InheritedSockets> InheritedSockets::Take(const Environment& environment, pid_t pid,
                                                        int first) {
  InheritedSockets inherited;
  pid_t meant;
  // For another process: one that was started from ours, or before us.
  if (!absl::SimpleAtoi(environment.Get("LISTEN_PID").value_or(""), &meant) || meant != pid) {
    return inherited;
  }
  int count;
  const std::string number = environment.Get("LISTEN_FDS").value_or("");
  if (!absl::SimpleAtoi(number, &count) || count < 0 || count > kMaxSockets) {
    return absl::InvalidArgumentError(absl::StrCat("LISTEN_FDS must be a number from 0 to ",
                                                   kMaxSockets, ", not \"", number,
                                                   "\" (sd_listen_fds(3))"));
  }
  const std::vector<std::string> names =
      absl::StrSplit(environment.Get("LISTEN_FDNAMES").value_or(""), ':', absl::SkipEmpty());
  if (names.size() != static_cast<size_t>(count)) {
    return absl::InvalidArgumentError(
        absl::StrCat("LISTEN_FDNAMES has ", names.size(), " names for ", count,
                     " sockets; give each .socket unit a FileDescriptorName="));
  }
  for (int i = 0; i < count; ++i) {
    UniqueFd socket(first + i);
    if (fcntl(socket.get(), F_SETFD, FD_CLOEXEC) != 0 ||
        fcntl(socket.get(), F_SETFL, O_NONBLOCK) != 0) {
      const absl::Status status =
          absl::ErrnoToStatus(errno, absl::StrCat("the inherited socket ", names[i]));
      static_cast<void>(socket.Release());  // It isn't there.
      return status;
    }
    if (!inherited.sockets_.emplace(names[i], std::move(socket)).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("LISTEN_FDNAMES has two sockets of the name ", names[i]));
    }
  }
  return inherited;
}

absl::StatusOr<UniqueFd> InheritedSockets::Claim(absl::string_view name, int type) {
  const auto found = sockets_.find(name);
  if (found == sockets_.end()) return UniqueFd();
  UniqueFd socket = std::move(found->second);
  sockets_.erase(found);
  if (IntOption(socket.get(), SO_DOMAIN) != AF_UNIX || IntOption(socket.get(), SO_TYPE) != type ||
      IntOption(socket.get(), SO_ACCEPTCONN) != 1) {
    return absl::FailedPreconditionError(
        absl::StrCat("the inherited socket ", name, " is not a listening Unix socket (",
                     type == SOCK_SEQPACKET ? "ListenSequentialPacket=" : "ListenStream=",
                     " of a .socket unit)"));
  }
  return socket;
}

std::vector<std::string> InheritedSockets::unclaimed() const {
  std::vector<std::string> names;
  for (const auto& [name, socket] : sockets_) names.push_back(name);
  return names;
}

}  // namespace mesos_executor::sidecar
