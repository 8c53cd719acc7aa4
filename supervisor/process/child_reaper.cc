#include "supervisor/process/child_reaper.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "supervisor/process/descendants.h"

namespace mesos_executor::process {
namespace {

// Empties its callback at its end.
template <typename Callback>
class Wish final : public Pending {
 public:
  explicit Wish(std::shared_ptr<Callback> callback) : callback_(std::move(callback)) {}
  ~Wish() override { *callback_ = nullptr; }

 private:
  const std::shared_ptr<Callback> callback_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ChildReaper>> ChildReaper::Create(EventLoop* loop) {
  if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) {
    return absl::ErrnoToStatus(errno, "prctl(PR_SET_CHILD_SUBREAPER)");
  }
  // Where our parent ignored SIGCHLD so do we, and then the kernel reaps our children without a
  // word (waitpid(2)).
  struct sigaction action = {};
  action.sa_handler = SIG_DFL;
  action.sa_flags = SA_NOCLDSTOP;
  if (sigaction(SIGCHLD, &action, nullptr) != 0) return absl::ErrnoToStatus(errno, "sigaction");
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGCHLD);
  if (sigprocmask(SIG_BLOCK, &signals, nullptr) != 0) {
    return absl::ErrnoToStatus(errno, "sigprocmask");
  }
  UniqueFd fd(signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd.valid()) return absl::ErrnoToStatus(errno, "signalfd");
  const absl::StatusOr<std::vector<pid_t>> inherited = Children(getpid());
  if (!inherited.ok()) return inherited.status();
  return std::unique_ptr<ChildReaper>(new ChildReaper(loop, std::move(fd), *inherited));
}

ChildReaper::ChildReaper(EventLoop* loop, UniqueFd signals, const std::vector<pid_t>& inherited)
    : loop_(loop), signals_(std::move(signals)) {
  for (pid_t pid : inherited) known_[pid] = std::make_shared<Exited>();
  watch_ = loop_->WatchReadable(signals_.get(), [this] {
    signalfd_siginfo info;
    while (read(signals_.get(), &info, sizeof(info)) > 0) {
    }
    Reap();
    KillStrangers();
  });
  // A child that ended before SIGCHLD was blocked has sent its only one.
  next_round_ = loop_->After(absl::ZeroDuration(), [this] {
    Reap();
    KillStrangers();
  });
}

std::unique_ptr<Pending> ChildReaper::Watch(pid_t pid, absl::AnyInvocable<void(int)> exited) {
  auto callback = std::make_shared<Exited>(std::move(exited));
  known_[pid] = callback;
  return std::make_unique<Wish<Exited>>(std::move(callback));
}

std::unique_ptr<Pending> ChildReaper::WhenNoStrangers(absl::AnyInvocable<void()> gone) {
  auto callback = std::make_shared<Gone>(std::move(gone));
  waiting_.push_back(callback);
  next_round_ = loop_->After(absl::ZeroDuration(), [this] { KillStrangers(); });
  return std::make_unique<Wish<Gone>>(std::move(callback));
}

std::vector<std::string> ChildReaper::DescribeStrangers() const {
  return DescribeDescendants(getpid(), [this](pid_t pid) { return Known(pid); });
}

void ChildReaper::Reap() {
  // All numbers are given up before any callback runs, as a callback may make a child that gets one
  // of them.
  std::vector<std::pair<std::shared_ptr<Exited>, int>> ended;
  int status;
  for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
    if (auto known = known_.extract(pid)) ended.emplace_back(std::move(known.mapped()), status);
  }
  for (auto& [callback, wait_status] : ended) {
    // Moved out, as the callback may destroy its Pending.
    if (auto exited = std::exchange(*callback, nullptr)) exited(wait_status);
  }
}

void ChildReaper::KillStrangers() {
  // Only we reap our children, so that this list is whole: while a stranger lives, it or what is
  // above it is in there.
  const absl::StatusOr<std::vector<pid_t>> children = Children(getpid());
  const auto known = [this](pid_t pid) { return Known(pid); };
  if (!children.ok() || !std::all_of(children->begin(), children->end(), known)) {
    next_round_ = loop_->After(killer_.Round(known), [this] {
      Reap();
      KillStrangers();
    });
    return;
  }
  next_round_.reset();
  for (const auto& callback : std::exchange(waiting_, {})) {
    if (auto gone = std::exchange(*callback, nullptr)) gone();
  }
}

}  // namespace mesos_executor::process
