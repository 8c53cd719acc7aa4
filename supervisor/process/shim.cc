#include "supervisor/process/shim.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "supervisor/base/subprocess.h"
#include "supervisor/process/shim_loop.h"

namespace mesos_executor::process {
namespace {

// argv[1] of a shim that was executed. A person or a task may have typed it too, but not with an
// empty environment and our socket at its place.
constexpr char kShimArgument[] = "mesos-executor-shim";
constexpr int kShimSocket = STDERR_FILENO + 1;

struct SocketPair {
  UniqueFd ours;
  UniqueFd shims;
};

absl::StatusOr<SocketPair> MakeSocketPair() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return absl::ErrnoToStatus(errno, "socketpair");
  }
  return SocketPair{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

// Who made the socket pair; 0 if `fd` is no end of one of ours.
pid_t MakerOfSocketPair(int fd) {
  int type = 0;
  socklen_t size = sizeof(type);
  if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_SEQPACKET) return 0;
  ucred peer = {};
  size = sizeof(peer);
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return 0;
  return peer.pid;
}

// Otherwise one of our own descriptors would get the number, and the task would write to it.
bool OpenStandardDescriptors() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    // The lowest free number is the one that is missing.
    if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd) return false;
  }
  return true;
}

}  // namespace

absl::StatusOr<Shim> ForkShim() {
  if (!OpenStandardDescriptors()) return absl::ErrnoToStatus(errno, "open /dev/null");
  absl::StatusOr<SocketPair> sockets = MakeSocketPair();
  if (!sockets.ok()) return sockets.status();
  const pid_t supervisor = getpid();
  const pid_t pid = fork();
  if (pid < 0) return absl::ErrnoToStatus(errno, "fork the shim");
  if (pid == 0) RunShim(std::move(sockets->shims), supervisor);
  return Shim{pid, std::move(sockets->ours)};
}

absl::StatusOr<Shim> StartShim() {
  absl::StatusOr<SocketPair> sockets = MakeSocketPair();
  if (!sockets.ok()) return sockets.status();
  const UniqueFd nothing(open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!nothing.valid()) return absl::ErrnoToStatus(errno, "open /dev/null");
  const absl::StatusOr<pid_t> pid = Spawn({.argv = {"/proc/self/exe", kShimArgument},
                                           .stdin_fd = nothing.get(),
                                           .descriptors = {sockets->shims.get()}});
  if (!pid.ok()) return pid.status();
  return Shim{*pid, std::move(sockets->ours)};
}

void BecomeShimIfStartedAsOne(int argc, char** argv) {
  if (argc != 2 || std::string_view(argv[1]) != kShimArgument || *environ != nullptr) return;
  const pid_t supervisor = MakerOfSocketPair(kShimSocket);
  if (supervisor != 0) RunShim(UniqueFd(kShimSocket), supervisor);
}

}  // namespace mesos_executor::process
