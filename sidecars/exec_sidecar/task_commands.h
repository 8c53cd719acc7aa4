// The commands of one task: one at a time, in the order of its phases. Pure: processes are the
// runner's.
#ifndef SIDECARS_EXEC_SIDECAR_TASK_COMMANDS_H_
#define SIDECARS_EXEC_SIDECAR_TASK_COMMANDS_H_

#include <list>
#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "protos/lifecycle/v1/lifecycle.pb.h"
#include "sidecars/exec_sidecar/command_runner.h"
#include "sidecars/exec_sidecar/exec_settings.h"
#include "sidecars/runtime/handler.h"
#include "sidecars/runtime/turns.h"
#include "sidecars/runtime/waiters.h"
#include "supervisor/event_loop/event_loop.h"

namespace mesos_executor::exec_sidecar {

// What all tasks share; outlives them.
struct CommandParts {
  EventLoop* loop;
  std::unique_ptr<CommandRunner> runner;
  ExecSettings settings;
  // The commands' PATH.
  std::string path;
  // So many run at once, of all tasks; `terminated` is urgent.
  sidecar::Turns turns{loop, {.all = 64, .not_urgent = 48}};
};

// Lives on the loop's thread. The end of a task (before-terminate, terminated) overtakes what came
// before it: what waits is dropped, what runs is killed.
class TaskCommands {
 public:
  // A `terminated` that fails so often is given up, with an error in the log.
  static constexpr int kAttempts = 10;

  // Calls `undone` once, from the loop, when the command has succeeded at TERMINATED, or was given
  // up, or there is none for it. It may destroy this.
  TaskCommands(CommandParts* parts, lifecycle::v1::Task task, absl::AnyInvocable<void()> undone);
  TaskCommands(const TaskCommands&) = delete;
  TaskCommands& operator=(const TaskCommands&) = delete;

  // The task has reached this phase, or it is said again: then nothing runs again, and the answer
  // is the same. `deadline`: how long somebody waits for it; zero is nobody. A command that takes
  // longer goes on, and PENDING is said. `reply` may be null.
  void Reach(const sidecar::TaskState& state, absl::Duration deadline,
             sidecar::ReplyCallback reply);

  // Has reached TERMINATED.
  bool ending() const { return reached_ == lifecycle::v1::TERMINATED; }

 private:
  struct Job {
    Job(sidecar::TaskState reached, EventLoop* loop) : state(reached), waiters(loop) {}
    const sidecar::TaskState state;
    sidecar::Waiters waiters;
  };

  bool IsWanted(lifecycle::v1::Phase phase) const;
  // Runs the first job when its turn comes.
  void StartNext();
  void Run();
  void OnResult(CommandResult result);
  sidecar::Reply ReplyTo(lifecycle::v1::Phase phase, CommandResult result) const;
  // The first job has its answer.
  void Finish(sidecar::Reply reply);
  void Retry(const std::string& why);

  CommandParts* const parts_;
  const lifecycle::v1::Task task_;
  absl::AnyInvocable<void()> undone_;
  lifecycle::v1::Phase reached_ = lifecycle::v1::PHASE_UNSPECIFIED;
  // To what was reached last; of use where no job of it is left.
  sidecar::Reply answer_;
  // The first one runs, or pauses before it runs again.
  std::list<Job> jobs_;
  int attempts_ = 0;
  std::unique_ptr<sidecar::Turns::Turn> turn_;
  std::unique_ptr<Pending> running_;
};

}  // namespace mesos_executor::exec_sidecar

#endif  // SIDECARS_EXEC_SIDECAR_TASK_COMMANDS_H_
