// Reaps every child of the supervisor. A child that nobody watches is a stranger, which the
// supervisor adopted as a subreaper: what a dead shim or a check command left behind. Strangers are
// killed at once, with all below them.
//
// All methods are for the loop's thread, and every child must be made there; callbacks run there,
// never within a call to this class.
#ifndef SUPERVISOR_PROCESS_CHILD_REAPER_H_
#define SUPERVISOR_PROCESS_CHILD_REAPER_H_

#include <sys/types.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "supervisor/base/unique_fd.h"
#include "supervisor/event_loop/event_loop.h"
#include "supervisor/process/tree_killer.h"

namespace mesos_executor::process {

class ChildReaper {
 public:
  // Makes this process a subreaper and blocks SIGCHLD: call it before any thread is started.
  // Children that are there already (of whatever this program was exec'ed from) are not strangers:
  // they are reaped and otherwise left alone. `loop` must outlive the result. Errors: the failed
  // system call.
  static absl::StatusOr<std::unique_ptr<ChildReaper>> Create(EventLoop* loop);

  ChildReaper(const ChildReaper&) = delete;
  ChildReaper& operator=(const ChildReaper&) = delete;

  // Calls `exited` with the wait status (waitpid(2)) once when the child `pid` has ended. Call it
  // before the loop turns after making the child. Until `exited` is called the number can't be
  // given to another process. Destroying the result only ends the wish to know: the child doesn't
  // become a stranger.
  [[nodiscard]] std::unique_ptr<Pending> Watch(pid_t pid, absl::AnyInvocable<void(int)> exited);

  // Calls `gone` once when it is sure that no stranger is left. Of those that a child left behind,
  // none is missed if this is called no earlier than that child's `exited`.
  [[nodiscard]] std::unique_ptr<Pending> WhenNoStrangers(absl::AnyInvocable<void()> gone);

  // Strangers that live still, as DescribeDescendants has it.
  std::vector<std::string> DescribeStrangers() const;

 private:
  using Exited = absl::AnyInvocable<void(int)>;
  using Gone = absl::AnyInvocable<void()>;

  ChildReaper(EventLoop* loop, UniqueFd signals, const std::vector<pid_t>& inherited);
  void Reap();
  void KillStrangers();
  bool Known(pid_t pid) const { return known_.count(pid) > 0; }

  EventLoop* const loop_;
  const UniqueFd signals_;
  // Callbacks are shared with the Pendings, which empty them. A child without a wish has one that
  // is empty.
  std::map<pid_t, std::shared_ptr<Exited>> known_;
  std::vector<std::shared_ptr<Gone>> waiting_;
  TreeKiller killer_;
  std::unique_ptr<Pending> watch_;
  std::unique_ptr<Pending> next_round_;
};

}  // namespace mesos_executor::process

#endif  // SUPERVISOR_PROCESS_CHILD_REAPER_H_
