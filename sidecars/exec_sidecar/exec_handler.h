// exec-sidecar's own logic: a command at each phase of each task.
#ifndef SIDECARS_EXEC_SIDECAR_EXEC_HANDLER_H_
#define SIDECARS_EXEC_SIDECAR_EXEC_HANDLER_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sidecars/exec_sidecar/command_runner.h"
#include "sidecars/exec_sidecar/exec_settings.h"
#include "sidecars/exec_sidecar/task_commands.h"
#include "sidecars/runtime/handler.h"
#include "supervisor/event_loop/event_loop.h"

namespace mesos_executor::exec_sidecar {

// Lives on the loop's thread. What must be undone of a task is the command for `terminated`, so
// each task for which one ran is remembered with its facts until that has succeeded.
class ExecHandler final : public sidecar::Handler {
 public:
  // Loop and memory outlive it.
  ExecHandler(EventLoop* loop, std::unique_ptr<CommandRunner> runner, ExecSettings settings,
              std::string path, sidecar::Memory* memory)
      : parts_{loop, std::move(runner), std::move(settings), std::move(path)}, memory_(memory) {}

  void OnState(const sidecar::TaskKey& key, const lifecycle::v1::Attach& attach,
               const sidecar::TaskState& state) override;
  void OnPhase(const sidecar::TaskKey& key, const sidecar::TaskState& state,
               absl::Duration deadline, sidecar::ReplyCallback reply) override;
  void OnRecovered(const sidecar::TaskKey& key, const std::string& record) override;
  void Undo(const sidecar::TaskKey& key) override;
  void WhenIdle(absl::AnyInvocable<void()> done) override;

 private:
  struct Entry {
    std::string incarnation;
    // What is remembered of it once a command has run.
    std::string record;
    bool remembered = false;
    std::unique_ptr<TaskCommands> commands;
  };

  Entry MakeEntry(const sidecar::TaskKey& key, std::string incarnation, lifecycle::v1::Task task);
  void Reach(const sidecar::TaskKey& key, const sidecar::TaskState& state, absl::Duration deadline,
             sidecar::ReplyCallback reply);
  void Forget(const sidecar::TaskKey& key);
  void TellIfIdle();

  CommandParts parts_;
  sidecar::Memory* const memory_;
  std::map<sidecar::TaskKey, Entry> tasks_;
  absl::AnyInvocable<void()> idle_;
};

}  // namespace mesos_executor::exec_sidecar

#endif  // SIDECARS_EXEC_SIDECAR_EXEC_HANDLER_H_
