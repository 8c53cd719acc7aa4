#include "integration/dev_agent/container_keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace mesos_executor::dev_agent {
namespace {

constexpr int kControl = 3;

void Tell(KeeperMessage::Kind kind, pid_t pid, int value) {
  const KeeperMessage message = {kind, pid, value};
  // Nobody left to tell is no reason to stop.
  send(kControl, &message, sizeof message, MSG_NOSIGNAL);
}

[[noreturn]] void RunExecutor(const KeeperSpec& spec) {
  for (int signal_number = 1; signal_number < NSIG; ++signal_number) signal(signal_number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  fcntl(kControl, F_SETFD, FD_CLOEXEC);
  // The raw calls: glibc's would tell its other threads, of which there are none in this process.
  const bool switched =
      !spec.switch_user || (syscall(SYS_setgroups, spec.group_count, spec.groups) == 0 &&
                            syscall(SYS_setresgid, spec.gid, spec.gid, spec.gid) == 0 &&
                            syscall(SYS_setresuid, spec.uid, spec.uid, spec.uid) == 0);
  if (switched && chdir(spec.directory) == 0) execvpe(spec.file, spec.argv, spec.environment);
  Tell(KeeperMessage::kExecFailed, getpid(), errno);
  _exit(127);
}

[[noreturn]] void RunInit(const KeeperSpec& spec) {
  setsid();
  prctl(PR_SET_NAME, "container-init");
  const pid_t executor = fork();
  if (executor == 0) RunExecutor(spec);
  if (executor < 0) {
    Tell(KeeperMessage::kExecFailed, getpid(), errno);
    _exit(127);
  }
  Tell(KeeperMessage::kStarted, executor, 0);
  sigset_t all;
  sigfillset(&all);
  while (true) {
    const int signal_number = sigwaitinfo(&all, nullptr);
    if (signal_number < 0) continue;
    if (signal_number != SIGCHLD) {
      kill(executor, signal_number);
      continue;
    }
    pid_t pid;
    int status;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
      Tell(KeeperMessage::kReaped, pid, status);
      if (pid == executor) _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    }
  }
}

// Ends the keeper when it has no child left.
void Reap(int flags) {
  pid_t pid;
  int status;
  while ((pid = waitpid(-1, &status, flags)) > 0) Tell(KeeperMessage::kReaped, pid, status);
  if (pid < 0 && errno == ECHILD) {
    Tell(KeeperMessage::kEmpty, 0, 0);
    _exit(0);
  }
}

// Whatever is killed hands its children to us, so this ends with nothing left. A child's pid can't
// be anyone else's before we reap it.
[[noreturn]] void KillAll() {
  while (true) {
    const int children = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
    char text[4096];
    const ssize_t size = read(children, text, sizeof text);
    close(children);
    pid_t pid = 0;
    // Each number is followed by a space; one that was cut off comes again.
    for (ssize_t i = 0; i < size; ++i) {
      if (text[i] >= '0' && text[i] <= '9') {
        pid = pid * 10 + (text[i] - '0');
      } else if (pid > 0) {
        kill(pid, SIGKILL);
        pid = 0;
      }
    }
    int status;
    const pid_t ended = waitpid(-1, &status, 0);
    if (ended > 0) Tell(KeeperMessage::kReaped, ended, status);
    Reap(WNOHANG);
  }
}

}  // namespace

void RunKeeper(const KeeperSpec& spec) {
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  prctl(PR_SET_NAME, "container-keep");
  dup2(spec.stdin_fd, STDIN_FILENO);
  dup2(spec.stdout_fd, STDOUT_FILENO);
  dup2(spec.stderr_fd, STDERR_FILENO);
  dup2(spec.control, kControl);
  syscall(SYS_close_range, kControl + 1, ~0U, 0);
  const pid_t init = fork();
  if (init == 0) RunInit(spec);
  if (init < 0) {
    Tell(KeeperMessage::kExecFailed, getpid(), errno);
    Tell(KeeperMessage::kEmpty, 0, 0);
    _exit(1);
  }
  sigset_t child_signal;
  sigemptyset(&child_signal);
  sigaddset(&child_signal, SIGCHLD);
  const int signals = signalfd(-1, &child_signal, SFD_CLOEXEC | SFD_NONBLOCK);
  while (true) {
    pollfd ready[] = {{kControl, POLLIN, 0}, {signals, POLLIN, 0}};
    if (poll(ready, 2, -1) < 0) continue;
    if (ready[1].revents != 0) {
      signalfd_siginfo info;
      while (read(signals, &info, sizeof info) > 0) {
      }
      Reap(WNOHANG);
    }
    if (ready[0].revents == 0) continue;
    char packet[8];
    if (recv(kControl, packet, sizeof packet, MSG_DONTWAIT) > 0 || spec.kill_when_abandoned)
      KillAll();
    _exit(0);
  }
}

}  // namespace mesos_executor::dev_agent
