#include "supervisor/process/shim_loop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "supervisor/process/enclosure.h"
#include "supervisor/process/exec_child.h"
#include "supervisor/process/launch_image.h"
#include "supervisor/process/shim_protocol.h"
#include "supervisor/process/tree_terminator.h"

namespace mesos_executor::process {
namespace {

// Sent by the kernel when the supervisor dies. Caught: SIGKILL would leave the tree standing. This
// one continues a shim that was stopped, also while it is blocked (signal(7)).
constexpr int kParentDied = SIGCONT;

class ShimLoop {
 public:
  ShimLoop(UniqueFd socket, UniqueFd signals, pid_t supervisor)
      : socket_(std::move(socket)), signals_(std::move(signals)), supervisor_(supervisor) {}

  [[noreturn]] void Run() {
    int timeout = -1;
    for (;;) {
      pollfd fds[] = {{.fd = socket_.get(), .events = POLLIN, .revents = 0},
                      {.fd = signals_.get(), .events = POLLIN, .revents = 0},
                      {.fd = exec_outcome_.get(), .events = POLLIN, .revents = 0}};
      if (poll(fds, std::size(fds), timeout) < 0) continue;
      if (fds[0].revents != 0) ReadOrders();
      if (fds[1].revents != 0) ReadSignals();
      if (fds[2].revents != 0) ReadExecOutcome();
      Reap();
      timeout = killing_ ? static_cast<int>(absl::ToInt64Milliseconds(enclosure_->Kill())) : -1;
    }
  }

  void ReadSignals() {
    signalfd_siginfo info;
    while (read(signals_.get(), &info, sizeof(info)) > 0) {
    }
    if (getppid() != supervisor_) SupervisorDied();
  }

 private:
  void SupervisorDied() {
    socket_.Reset();
    killing_ = true;
  }

  void ReadOrders() {
    while (socket_.valid()) {
      Order order;
      std::vector<UniqueFd> descriptors;
      switch (ReceiveOrder(socket_.get(), order, descriptors)) {
        case Received::kMessage:
          break;
        case Received::kNothingYet:
          return;
        case Received::kClosed:
          return SupervisorDied();
      }
      switch (order.kind) {
        case Order::kLaunch:
          launched_ = true;
          Launch(order, descriptors);
          break;
        case Order::kTerminate:
          TerminateDescendants(sigterm_exclusions_);
          break;
        case Order::kKill:
          killing_ = true;
          Tell({.kind = Report::kAlive});
          break;
      }
    }
  }

  void Launch(const Order& order, const std::vector<UniqueFd>& descriptors) {
    // A descriptor that didn't arrive: the kernel drops those for which there is no room (unix(7)).
    if (descriptors.size() != 1u + order.has_stdout + order.has_stderr) {
      return LaunchFailed(ExecStep::kLaunchSpec, EMFILE);
    }
    const std::unique_ptr<LaunchImage> image = LaunchImage::Map(descriptors[0].get());
    if (!image) return LaunchFailed(ExecStep::kLaunchSpec, errno);
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return LaunchFailed(ExecStep::kFork, errno);
    UniqueFd outcome(ends[0]), failure(ends[1]);

    ExecPlan plan = image->Plan();
    if (order.has_stdout) plan.stdout_fd = descriptors[1].get();
    if (order.has_stderr) plan.stderr_fd = descriptors.back().get();
    plan.parent = getpid();
    plan.failure_fd = failure.get();
    sigterm_exclusions_ = image->SigtermExclusions();
    Enclosed enclosed = Enclose(order.containment);
    enclosure_ = std::move(enclosed.enclosure);
    outcome_ = std::move(enclosed.outcome);
    enclosure_->Amend(plan);
    main_pid_ = enclosure_->Fork();
    if (main_pid_ == 0) ExecChild(plan);
    if (main_pid_ < 0) return LaunchFailed(ExecStep::kFork, errno);
    exec_outcome_ = std::move(outcome);
  }

  void LaunchFailed(ExecStep step, int error) {
    main_pid_ = 0;
    enclosure_->MainEnded();
    Tell({.kind = Report::kExecFailed, .failure = {step, error}});
  }

  // Blocks until the child has executed or failed; called when that is so.
  void ReadExecOutcome() {
    Report report{.kind = Report::kStarted, .pid = main_pid_, .containment = outcome_.used};
    outcome_.why_not.copy(report.why_not, sizeof(report.why_not) - 1);
    main_runs_ = read(exec_outcome_.get(), &report.failure, sizeof(report.failure)) <= 0;
    if (!main_runs_) report.kind = Report::kExecFailed;
    exec_outcome_.Reset();
    Tell(report);
  }

  void Reap() {
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
      if (pid != main_pid_) continue;
      if (exec_outcome_.valid()) ReadExecOutcome();
      if (main_runs_) Tell({.kind = Report::kMainExited, .wait_status = status});
      main_pid_ = 0;
      enclosure_->MainEnded();
    }
    // ECHILD: a subreaper without children has no descendants.
    if (pid == 0 || !(launched_ || killing_)) return;
    enclosure_->Leave();
    if (launched_) Tell({.kind = Report::kTreeGone});
    _exit(0);
  }

  void Tell(const Report& report) {
    if (socket_.valid()) SendReport(socket_.get(), report);
  }

  UniqueFd socket_;
  const UniqueFd signals_;
  const pid_t supervisor_;
  // From the fork until the exec is known to have worked or failed.
  UniqueFd exec_outcome_;
  // 0: not there, or gone.
  pid_t main_pid_ = 0;
  bool main_runs_ = false;
  bool launched_ = false;
  bool killing_ = false;
  std::vector<std::string> sigterm_exclusions_;
  std::unique_ptr<Enclosure> enclosure_ = MakeSubreaperEnclosure();
  ContainmentOutcome outcome_;
};

// Leaves only the socket and the standard descriptors, so that nothing leaks into the task.
UniqueFd CloseAllBut(UniqueFd socket) {
  constexpr int kSocket = STDERR_FILENO + 1;
  if (socket.get() != kSocket) socket = UniqueFd(dup2(socket.get(), kSocket));
  fcntl(kSocket, F_SETFD, FD_CLOEXEC);
  closefrom(kSocket + 1);
  return socket;
}

}  // namespace

void RunShim(UniqueFd socket, pid_t supervisor) {
  // Nothing but SIGKILL and SIGSTOP stops the shim. SIGCHLD's disposition may have been inherited
  // as ignored: then the kernel would reap the task's processes without a word (waitpid(2)).
  sigset_t signals;
  sigfillset(&signals);
  sigprocmask(SIG_SETMASK, &signals, nullptr);
  struct sigaction action = {};
  action.sa_handler = SIG_DFL;
  action.sa_flags = SA_NOCLDSTOP;
  sigaction(SIGCHLD, &action, nullptr);
  sigaction(kParentDied, &action, nullptr);

  // Out of the supervisor's process group: what is sent to that one isn't meant for the shim.
  setsid();
  prctl(PR_SET_NAME, "mesos-shim");
  // It has the supervisor's memory and initial environment, with its secrets.
  prctl(PR_SET_DUMPABLE, 0);
  socket = CloseAllBut(std::move(socket));
  sigemptyset(&signals);
  sigaddset(&signals, SIGCHLD);
  sigaddset(&signals, kParentDied);
  UniqueFd signal_fd(signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  // Without one of these the shim couldn't keep its promise: the supervisor sees it die and says
  // so.
  if (!signal_fd.valid() || prctl(PR_SET_CHILD_SUBREAPER, 1) != 0 ||
      prctl(PR_SET_PDEATHSIG, kParentDied) != 0) {
    _exit(1);
  }
  ShimLoop loop(std::move(socket), std::move(signal_fd), supervisor);
  // A supervisor that died before it could be watched has sent nothing.
  loop.ReadSignals();
  loop.Run();
}

}  // namespace mesos_executor::process
