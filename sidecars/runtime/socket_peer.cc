#include "sidecars/runtime/socket_peer.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace mesos_executor::sidecar {
namespace {

// Linux 6.5; Debian 12's headers lack it.
constexpr int kSoPeerPidFd = 77;

UniqueFd PidFdOf(int socket, pid_t pid) {
  // Asks the kernel for the very process that connected; pidfd_open can, if that one has ended,
  // find another of its number, and then the stream's end is what tells.
  int fd = -1;
  socklen_t size = sizeof(fd);
  if (getsockopt(socket, SOL_SOCKET, kSoPeerPidFd, &fd, &size) == 0) return UniqueFd(fd);
  if (pid <= 0) return UniqueFd();
  return UniqueFd(syscall(SYS_pidfd_open, pid, 0));
}

class DeathWatch final : public Pending {
 public:
  DeathWatch(EventLoop& loop, UniqueFd pidfd, absl::AnyInvocable<void()> dead)
      : pidfd_(std::move(pidfd)),
        // Readable once the process has ended (pidfd_open(2)).
        watch_(loop.WatchReadable(pidfd_.get(), std::move(dead))) {}

 private:
  const UniqueFd pidfd_;
  const std::unique_ptr<Pending> watch_;
};

// One line "0 0 4294967295": every user is mapped to itself.
bool AllUsersMapped() {
  std::ifstream map("/proc/self/uid_map");
  int64_t inside = -1, outside = -1, count = -1;
  map >> inside >> outside >> count;
  return inside == 0 && outside == 0 && count == 4294967295;
}

uid_t OverflowUid() {
  uid_t uid = 65534;
  std::ifstream("/proc/sys/kernel/overflowuid") >> uid;
  return uid;
}

}  // namespace

absl::StatusOr<std::shared_ptr<SocketPeer>> SocketPeer::Of(int socket) {
  ucred credentials;
  socklen_t size = sizeof(credentials);
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("asking who is behind descriptor ", socket));
  }
  return std::shared_ptr<SocketPeer>(
      new SocketPeer(credentials.pid, credentials.uid, PidFdOf(socket, credentials.pid)));
}

absl::Status SocketPeer::CheckKnown() const {
  return CheckPeer(pid_, uid_, AllUsersMapped(), OverflowUid());
}

std::unique_ptr<Pending> SocketPeer::WatchDeath(EventLoop& loop, absl::AnyInvocable<void()> dead) {
  // A descriptor of its own, since the loop takes none twice, and a peer may speak for many tasks.
  UniqueFd pidfd(fcntl(pidfd_.get(), F_DUPFD_CLOEXEC, 0));
  if (!pidfd.valid()) return nullptr;
  return std::make_unique<DeathWatch>(loop, std::move(pidfd), std::move(dead));
}

absl::Status CheckPeer(pid_t pid, uid_t uid, bool all_mapped, uid_t overflow_uid) {
  if (pid == 0) return absl::PermissionDeniedError("the peer is in a foreign PID namespace");
  if (uid == static_cast<uid_t>(-1) || (uid == overflow_uid && !all_mapped)) {
    return absl::PermissionDeniedError("the peer's user is not known in this user namespace");
  }
  return absl::OkStatus();
}

}  // namespace mesos_executor::sidecar
