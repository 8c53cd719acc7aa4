#include "sidecars/runtime/sidecar_process.h"

#include <fcntl.h>
#include <glog/logging.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervisor/base/subprocess.h"

namespace mesos_executor::sidecar {
namespace {

constexpr int kWatchdogMilliseconds = 60'000;

bool Readable(int fd) {
  pollfd poller = {fd, POLLIN, 0};
  return poll(&poller, 1, kWatchdogMilliseconds) == 1;
}

}  // namespace

SidecarProcess::SidecarProcess(std::vector<std::string> argv, std::vector<std::string> environment,
                               std::vector<int> descriptors) {
  int ends[2];
  PCHECK(pipe2(ends, O_CLOEXEC) == 0);
  out_ = UniqueFd(ends[0]);
  const UniqueFd in(ends[1]);
  SubprocessSpec spec;
  spec.argv = std::move(argv);
  spec.environment = std::move(environment);
  spec.stdout_fd = in.get();
  spec.descriptors = std::move(descriptors);
  const auto pid = Spawn(spec);
  CHECK(pid.ok()) << pid.status();
  pid_ = *pid;
}

SidecarProcess::~SidecarProcess() {
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

std::string SidecarProcess::NextLine() {
  for (;;) {
    if (const size_t end = buffer_.find('\n'); end != buffer_.npos) {
      const std::string line = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      return line;
    }
    if (!Readable(out_.get())) return "nothing for a minute";
    char bytes[4096];
    const ssize_t count = read(out_.get(), bytes, sizeof(bytes));
    if (count <= 0) return "end";
    buffer_.append(bytes, count);
  }
}

bool SidecarProcess::WaitForLine(const std::string& line) {
  for (;;) {
    const std::string next = NextLine();
    if (next == line) return true;
    if (next == "end" || next == "nothing for a minute") return false;
  }
}

void SidecarProcess::Kill(int signal) { PCHECK(kill(pid_, signal) == 0); }

int SidecarProcess::Wait() {
  const UniqueFd pidfd(syscall(SYS_pidfd_open, pid_, 0));
  CHECK(Readable(pidfd.get())) << "the sidecar does not end";
  int status;
  PCHECK(waitpid(pid_, &status, 0) == pid_);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace mesos_executor::sidecar
