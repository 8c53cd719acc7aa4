// Kills everything below this process, also what forks faster than it dies: used by the shim, and
// by the supervisor when it takes over from a dead shim.
//
// This process must be a subreaper (PR_SET_CHILD_SUBREAPER): then all that a victim leaves behind
// becomes a child of ours, and the tree is proved empty by our having no child left. Reaping and
// that proof are the caller's.
#ifndef SUPERVISOR_PROCESS_TREE_KILLER_H_
#define SUPERVISOR_PROCESS_TREE_KILLER_H_

#include <sys/types.h>

#include <set>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "supervisor/process/descendants.h"

namespace mesos_executor::process {

class TreeKiller {
 public:
  // Stops all that lives, in as many calls as it takes until nothing new appears, then kills it,
  // children before parents. `spared` names children of this process that are left alone with all
  // below them. Reap, and call again after each SIGCHLD, or when the result has passed without one
  // (at once if it is zero), until no child is left. Never blocks. Nothing of the tree may be
  // reaped within the call: on the thread that reaps.
  absl::Duration Round(absl::FunctionRef<bool(pid_t)> spared);

 private:
  void Kill(const std::vector<ProcessId>& found);

  // Sent SIGSTOP in this run of looks.
  std::set<ProcessId> stopped_;
  // Sent SIGKILL, which may have been refused, and not gone yet: they are no news.
  std::set<ProcessId> killed_;
  int looks_ = 0;
  absl::Duration wait_;
};

}  // namespace mesos_executor::process

#endif  // SUPERVISOR_PROCESS_TREE_KILLER_H_
