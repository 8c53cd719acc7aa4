#include "supervisor/process/shim.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>

#include "absl/status/status.h"
#include "supervisor/process/shim_loop.h"

namespace mesos_executor::process {
namespace {

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
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return absl::ErrnoToStatus(errno, "socketpair");
  }
  UniqueFd ours(ends[0]), shims(ends[1]);
  const pid_t supervisor = getpid();
  const pid_t pid = fork();
  if (pid < 0) return absl::ErrnoToStatus(errno, "fork the shim");
  if (pid == 0) RunShim(std::move(shims), supervisor);
  return Shim{pid, std::move(ours)};
}

}  // namespace mesos_executor::process
