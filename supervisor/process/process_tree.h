// The task's processes as the supervisor sees them: launched, terminated and killed by the shim,
// or, when that has died, killed by the supervisor itself.
#ifndef SUPERVISOR_PROCESS_PROCESS_TREE_H_
#define SUPERVISOR_PROCESS_PROCESS_TREE_H_

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "supervisor/event_loop/event_loop.h"
#include "supervisor/process/child_reaper.h"
#include "supervisor/process/containment.h"
#include "supervisor/process/launch_failure.h"
#include "supervisor/process/launch_spec.h"
#include "supervisor/process/shim.h"
#include "supervisor/process/shim_protocol.h"

namespace mesos_executor::process {

// Lives on the loop's thread, where the observer is called too: never within a call to this class.
class ProcessTree {
 public:
  // After Launch: OnStarted or OnExecFailed; after OnStarted, OnMainExited; last and exactly once,
  // OnTreeGone. A shim that dies breaks this off: OnShimDied, then OnTreeGone alone. None of these
  // may destroy the tree.
  class Observer {
   public:
    virtual ~Observer() = default;
    virtual void OnStarted(pid_t main_pid) = 0;
    // `why` names the step, what it was about, and the error: "exec /no/such: No such file or
    // directory".
    virtual void OnExecFailed(const absl::Status& why) = 0;
    // As waitpid(2) has it. Descendants may live on, until they end by themselves or Kill is
    // called. While the shim is stopped (a task of our own user may do that) the end of the main
    // process isn't seen: not before Terminate or Kill continues the shim.
    virtual void OnMainExited(int wait_status) = 0;
    // The supervisor takes over and kills all that there is. How the main process ended will not be
    // known, if it isn't.
    virtual void OnShimDied() = 0;
    // No process of the task is left: proved, not supposed.
    virtual void OnTreeGone() = 0;
  };

  // `loop`, `reaper` and `observer` must outlive the tree. `patience` is how long the shim may be
  // silent while it should be killing.
  ProcessTree(EventLoop* loop, ChildReaper* reaper, Shim shim, Observer* observer,
              absl::Duration patience = absl::Seconds(1));
  // Makes the shim kill all that lives. Nothing is reported any more.
  ~ProcessTree();
  ProcessTree(const ProcessTree&) = delete;
  ProcessTree& operator=(const ProcessTree&) = delete;

  // Starts the main process. At most once.
  void Launch(LaunchSpec spec);

  // SIGTERM to every process of the tree, wherever it has gone, then SIGCONT, so that stopped ones
  // act on it; those that the spec excludes by name get neither. Nothing before Launch.
  void Terminate();

  // SIGKILL to every process of the tree until none is left. A shim that is silent meanwhile is
  // killed and taken over from. Nothing before Launch; repeats do nothing.
  void Kill();

  // How the tree is held together; known from OnStarted on.
  const ContainmentOutcome& containment() const { return containment_; }

  // The processes that live, for a message about a tree that won't go: "123 (sleep, state D)".
  std::vector<std::string> Survivors() const;

 private:
  enum class State { kIdle, kLaunched, kGone };

  absl::Status SendLaunch(const LaunchSpec& spec);
  void OrderKill();
  void ReadReports();
  void OnReport(const Report& report);
  void OnShimExited();
  void Gone();

  EventLoop* const loop_;
  ChildReaper* const reaper_;
  const Shim shim_;
  Observer* const observer_;
  const absl::Duration patience_;
  State state_ = State::kIdle;
  bool shim_lives_ = true;
  bool killing_ = false;
  // Something came since the last order to kill.
  bool heard_ = false;
  LaunchSubject subject_;
  ContainmentOutcome containment_;

  std::unique_ptr<Pending> reports_;
  std::unique_ptr<Pending> shim_exit_;
  std::unique_ptr<Pending> launch_failure_;
  std::unique_ptr<Pending> silence_;
  std::unique_ptr<Pending> no_strangers_;
};

}  // namespace mesos_executor::process

#endif  // SUPERVISOR_PROCESS_PROCESS_TREE_H_
