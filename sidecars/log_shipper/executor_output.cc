#include "sidecars/log_shipper/executor_output.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace mesos_executor::log_shipper {
namespace {

class Output final : public ExecutorOutput {
 public:
  Output(UniqueFd fd, bool socket) : fd_(std::move(fd)), socket_(socket) {}

  bool Write(absl::string_view line) override {
    if (!WriteRest()) return false;
    rest_.append(line.data(), line.size()).push_back('\n');
    const size_t whole = rest_.size();
    WriteRest();
    if (rest_.size() < whole) return true;
    rest_.clear();
    return false;
  }

 private:
  // True when nothing of a line that was begun waits any more.
  bool WriteRest() {
    while (!rest_.empty()) {
      // A datagram or a line that the other end closes under is one that nobody reads: no SIGPIPE
      // (the runtime ignores it for pipes).
      const ssize_t written =
          socket_ ? send(fd_.get(), rest_.data(), rest_.size(), MSG_DONTWAIT | MSG_NOSIGNAL)
                  : write(fd_.get(), rest_.data(), rest_.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return false;
      rest_.erase(0, written);
    }
    return true;
  }

  const UniqueFd fd_;
  const bool socket_;
  // Of a line that was written in part: it must go before any other. As long as one line at most.
  std::string rest_;
};

// An open file description of our own, whose O_NONBLOCK nobody shares.
UniqueFd OpenAnew(int fd) {
  const std::string path = absl::StrCat("/proc/self/fd/", fd);
  return UniqueFd(open(path.c_str(), O_WRONLY | O_NONBLOCK | O_APPEND | O_NOCTTY | O_CLOEXEC));
}

}  // namespace

absl::StatusOr<std::unique_ptr<ExecutorOutput>> OpenExecutorOutput(UniqueFd fd) {
  struct stat status;
  struct statfs system;
  const int flags = fcntl(fd.get(), F_GETFL);
  if (flags < 0 || fstat(fd.get(), &status) != 0 || fstatfs(fd.get(), &system) != 0) {
    return absl::ErrnoToStatus(errno, "looking at an output of the executor");
  }
  // Else we would write where the sender may not.
  if ((flags & O_PATH) != 0 || (flags & O_ACCMODE) == O_RDONLY) {
    return absl::PermissionDeniedError("an output of the executor is not open for writing");
  }
  // Behind it there may be a process that never answers.
  if (system.f_type == FUSE_SUPER_MAGIC) {
    return absl::InvalidArgumentError("an output of the executor is in a file system of FUSE");
  }
  if (S_ISSOCK(status.st_mode)) return std::make_unique<Output>(std::move(fd), /*socket=*/true);
  const bool terminal = S_ISCHR(status.st_mode) && isatty(fd.get()) == 1;
  if (!S_ISREG(status.st_mode) && !S_ISFIFO(status.st_mode) && !terminal) {
    return absl::InvalidArgumentError(
        "an output of the executor is neither file, pipe, socket nor terminal");
  }
  UniqueFd own = OpenAnew(fd.get());
  // Another user's file. It can be written to as it is, since files never wait for a reader.
  if (!own.valid() && S_ISREG(status.st_mode) && (flags & O_APPEND) != 0) own = std::move(fd);
  if (!own.valid()) return absl::ErrnoToStatus(errno, "opening an output of the executor anew");
  return std::make_unique<Output>(std::move(own), /*socket=*/false);
}

}  // namespace mesos_executor::log_shipper
