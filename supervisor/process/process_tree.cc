#include "supervisor/process/process_tree.h"

#include <errno.h>
#include <glog/logging.h>
#include <signal.h>
#include <unistd.h>

#include <optional>
#include <utility>

#include "supervisor/process/descendants.h"
#include "supervisor/process/launch_image.h"
#include "supervisor/process/user_identity.h"

namespace mesos_executor::process {

ProcessTree::ProcessTree(EventLoop* loop, ChildReaper* reaper, Shim shim, Observer* observer,
                         absl::Duration patience)
    : loop_(loop),
      reaper_(reaper),
      shim_(std::move(shim)),
      observer_(observer),
      patience_(patience) {
  reports_ = loop_->WatchReadable(shim_.socket.get(), [this] { ReadReports(); });
  shim_exit_ = reaper_->Watch(shim_.pid, [this](int) { OnShimExited(); });
}

ProcessTree::~ProcessTree() = default;

void ProcessTree::Launch(LaunchSpec spec) {
  CHECK(state_ == State::kIdle) << "a tree is launched once";
  state_ = State::kLaunched;
  subject_ = {
      .program = spec.program.empty() && !spec.argv.empty() ? spec.argv[0] : spec.program,
      .user = spec.user,
  };
  absl::Status sent = SendLaunch(spec);
  if (sent.ok()) return;
  launch_failure_ = loop_->After(absl::ZeroDuration(), [this, why = std::move(sent)] {
    observer_->OnExecFailed(why);
    Gone();
  });
}

absl::Status ProcessTree::SendLaunch(const LaunchSpec& spec) {
  if (!shim_lives_) return absl::UnavailableError("launch: the shim has died");
  std::optional<UserIdentity> switch_to;
  if (!spec.user.empty()) {
    absl::StatusOr<UserIdentity> identity = LookUpUser(spec.user);
    if (!identity.ok()) return identity.status();
    if (identity->uid != geteuid()) switch_to = *std::move(identity);
  }
  const absl::StatusOr<UniqueFd> image = WriteLaunchImage(spec, switch_to);
  if (!image.ok()) return image.status();
  std::vector<int> descriptors = {image->get()};
  if (spec.stdout_fd.valid()) descriptors.push_back(spec.stdout_fd.get());
  if (spec.stderr_fd.valid()) descriptors.push_back(spec.stderr_fd.get());
  const Order order{.kind = Order::kLaunch,
                    .has_stdout = spec.stdout_fd.valid(),
                    .has_stderr = spec.stderr_fd.valid(),
                    .containment = spec.containment};
  // A socket without an end: the shim has just died, which comes to us as its exit.
  if (!SendOrder(shim_.socket.get(), order, descriptors) && errno != EPIPE && errno != ECONNRESET) {
    return absl::ErrnoToStatus(errno, "send launch spec to the shim");
  }
  return absl::OkStatus();
}

void ProcessTree::Terminate() {
  if (state_ != State::kLaunched || !shim_lives_) return;
  // A task of our own user may have stopped its shim.
  kill(shim_.pid, SIGCONT);
  // A socket without an end: the tree is gone, which comes to us as a report that isn't read yet.
  if (!SendOrder(shim_.socket.get(), {.kind = Order::kTerminate}, {}) && errno != EPIPE &&
      errno != ECONNRESET) {
    PLOG(WARNING) << "order to terminate the task not sent to the shim";
  }
}

void ProcessTree::Kill() {
  if (state_ != State::kLaunched || !shim_lives_ || killing_) return;
  killing_ = true;
  OrderKill();
}

void ProcessTree::OrderKill() {
  kill(shim_.pid, SIGCONT);
  heard_ = false;
  // If it can't be sent, there will be silence.
  SendOrder(shim_.socket.get(), {.kind = Order::kKill}, {});
  silence_ = loop_->After(patience_, [this] {
    // An answer may be there that only we were too slow to read.
    ReadReports();
    if (state_ == State::kGone) return;
    if (heard_) return OrderKill();
    LOG(ERROR) << "the shim (pid " << shim_.pid << ") is silent and is replaced";
    kill(shim_.pid, SIGKILL);
  });
}

std::vector<std::string> ProcessTree::Survivors() const {
  return shim_lives_ ? DescribeDescendants(shim_.pid, SpareNone) : reaper_->DescribeStrangers();
}

void ProcessTree::ReadReports() {
  for (Report report; state_ != State::kGone;) {
    switch (ReceiveReport(shim_.socket.get(), report)) {
      case Received::kMessage:
        heard_ = true;
        OnReport(report);
        break;
      case Received::kNothingYet:
        return;
      case Received::kClosed:
        // Its exit tells what that means.
        reports_.reset();
        return;
    }
  }
}

void ProcessTree::OnReport(const Report& report) {
  switch (report.kind) {
    case Report::kStarted:
      containment_ = {.used = report.containment, .why_not = report.why_not};
      return observer_->OnStarted(report.pid);
    case Report::kExecFailed:
      return observer_->OnExecFailed(DescribeLaunchFailure(report.failure, subject_));
    case Report::kMainExited:
      return observer_->OnMainExited(report.wait_status);
    case Report::kTreeGone:
      return Gone();
    case Report::kAlive:
      return;
  }
}

void ProcessTree::OnShimExited() {
  // It was reaped: its number is free, and no signal may go there.
  shim_lives_ = false;
  silence_.reset();
  // What it said last is still to be read.
  ReadReports();
  reports_.reset();
  if (state_ != State::kLaunched || launch_failure_) return;
  no_strangers_ = reaper_->WhenNoStrangers([this] { Gone(); });
  observer_->OnShimDied();
}

void ProcessTree::Gone() {
  state_ = State::kGone;
  reports_.reset();
  silence_.reset();
  launch_failure_.reset();
  observer_->OnTreeGone();
}

}  // namespace mesos_executor::process
