// The task's processes, and those of its checks' commands, from the launch until none is left.
#ifndef SUPERVISOR_TASK_PROCESSES_H_
#define SUPERVISOR_TASK_PROCESSES_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "supervisor/check_commands.h"
#include "supervisor/configuration.h"
#include "supervisor/event_loop/event_loop.h"
#include "supervisor/process/child_reaper.h"
#include "supervisor/process/oom_watch.h"
#include "supervisor/process/process_tree.h"
#include "supervisor/process/shim.h"
#include "supervisor/recorder.h"
#include "supervisor/spool/spool_files.h"
#include "supervisor/task/input.h"
#include "supervisor/task_plan.h"

namespace mesos_executor {

// Lives on the loop's thread. Answers the machine's actions by its inputs, and tells log and
// timeline what becomes of the processes.
class TaskProcesses final : private process::ProcessTree::Observer {
 public:
  // `loop`, `reaper`, `configuration` and `recorder` must outlive it; `feed` is called from the
  // loop.
  TaskProcesses(EventLoop* loop, process::ChildReaper* reaper, process::Shim shim,
                const Configuration* configuration, Recorder* recorder,
                absl::AnyInvocable<void(task::Input)> feed);

  // Starts the main process, in this environment and with this output; where that is invalid, with
  // the executor's own. Once, before all that follows.
  void Launch(const TaskPlan& plan, std::vector<std::string> environment, spool::TaskOutput output);
  void Terminate();
  void Kill();

  // Runs the commands of the task's checks; they are part of what must be gone at the end.
  CheckCommands* commands() { return &*commands_; }

  // With the processes that live.
  task::DeadlineReached Survivors() const;

 private:
  void OnStarted(pid_t main_pid) override;
  void OnExecFailed(const absl::Status& why) override;
  void OnMainExited(int wait_status) override;
  void OnShimDied() override;
  void OnTreeGone() override;

  void Record(const char* name, std::string message = "");
  void RecordSignal(const char* name, const char* signal);
  void FeedIfGone();

  EventLoop* const loop_;
  process::ChildReaper* const reaper_;
  const Configuration* const configuration_;
  Recorder* const recorder_;
  absl::AnyInvocable<void(task::Input)> feed_;
  bool main_exited_ = false;
  bool tree_gone_ = false;
  process::ProcessTree tree_;
  std::optional<process::OomWatch> oom_watch_;
  std::optional<CheckCommands> commands_;
};

}  // namespace mesos_executor

#endif  // SUPERVISOR_TASK_PROCESSES_H_
