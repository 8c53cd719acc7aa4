// pid_namespaces(7). The shim stays outside, and is the parent of two processes inside: of process
// 1, which reaps what the task orphans and whose end is the end of all, and of the task's main
// process.
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "supervisor/base/unique_fd.h"
#include "supervisor/process/enclosure.h"
#include "supervisor/process/private_proc.h"

namespace mesos_executor::process {
namespace {

constexpr absl::Duration kShortestWait = absl::Milliseconds(1);
constexpr absl::Duration kLongestWait = absl::Milliseconds(100);

struct Pipe {
  UniqueFd read_end;
  UniqueFd write_end;
};

absl::StatusOr<Pipe> MakePipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return absl::ErrnoToStatus(errno, "pipe");
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

// Process 1 of the namespace. It has no signal handler, so that nothing but the shim's SIGKILL (and
// the shim's end) ends it early.
[[noreturn]] void RunFirstProcess(Pipe answer, Pipe main_lives) {
  prctl(PR_SET_NAME, "mesos-init");
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int error = MountPrivateProc() ? 0 : errno;
  if (write(answer.write_end.get(), &error, sizeof(error)) != sizeof(error) || error != 0) {
    _exit(1);
  }
  // Keeps nothing open that the task's output or the supervisor goes by.
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) close(fd);
  dup2(main_lives.read_end.get(), STDIN_FILENO);
  closefrom(STDIN_FILENO + 1);
  // The kernel reaps what dies meanwhile (waitpid(2)).
  signal(SIGCHLD, SIG_IGN);
  char byte;
  while (read(STDIN_FILENO, &byte, 1) < 0 && errno == EINTR) {
  }
  // What the main process left behind has become ours: fails when none is left.
  while (waitpid(-1, nullptr, 0) > 0 || errno == EINTR) {
  }
  _exit(0);
}

class PidNamespaceEnclosure final : public Enclosure {
 public:
  PidNamespaceEnclosure(pid_t first, UniqueFd main_lives)
      : first_(first), main_lives_(std::move(main_lives)) {}

  // In the namespace too, as all children of this process from now on.
  pid_t Fork() override { return fork(); }

  void Amend(ExecPlan& plan) override {
    plan.private_proc = true;
    // So it is seen from inside, as long as it lives.
    plan.parent = 0;
  }

  void MainEnded() override { main_lives_.Reset(); }

  absl::Duration Kill() override {
    // Its number can't be another's: it can be reaped only as the last of all.
    kill(first_, SIGKILL);
    wait_ = std::clamp(2 * wait_, kShortestWait, kLongestWait);
    return wait_;
  }

  void Leave() override {}

 private:
  const pid_t first_;
  UniqueFd main_lives_;
  absl::Duration wait_;
};

// Gives this process's children its own namespace again.
bool Return(int own_namespace) { return setns(own_namespace, CLONE_NEWPID) == 0; }

}  // namespace

absl::StatusOr<std::unique_ptr<Enclosure>> MakePidNamespaceEnclosure() {
  absl::StatusOr<Pipe> answer = MakePipe(), main_lives = MakePipe();
  if (!answer.ok()) return answer.status();
  if (!main_lives.ok()) return main_lives.status();
  const UniqueFd own(open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC));
  if (!own.valid()) return absl::ErrnoToStatus(errno, "open /proc/self/ns/pid");
  if (unshare(CLONE_NEWPID) != 0) return absl::ErrnoToStatus(errno, "unshare(CLONE_NEWPID)");

  const pid_t first = fork();
  if (first == 0) {
    main_lives->write_end.Reset();
    RunFirstProcess(*std::move(answer), *std::move(main_lives));
  }
  int error = first < 0 ? errno : 0;
  answer->write_end.Reset();
  if (first > 0 && read(answer->read_end.get(), &error, sizeof(error)) != sizeof(error)) {
    error = ECHILD;
  }
  if (first > 0 && error == 0) {
    return std::make_unique<PidNamespaceEnclosure>(first, std::move(main_lives->write_end));
  }
  if (first > 0) waitpid(first, nullptr, 0);
  if (!Return(own.get())) return absl::ErrnoToStatus(errno, "leave a PID namespace that failed");
  return absl::ErrnoToStatus(error, "mount /proc of a PID namespace");
}

}  // namespace mesos_executor::process
