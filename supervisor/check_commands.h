// Runs the commands of COMMAND checks beside the task: each under a shim of its own, so that its
// whole tree can be killed, wherever its processes have gone, and never counts as the task.
#ifndef SUPERVISOR_CHECK_COMMANDS_H_
#define SUPERVISOR_CHECK_COMMANDS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "supervisor/event_loop/event_loop.h"
#include "supervisor/health/command_runner.h"
#include "supervisor/process/child_reaper.h"

namespace mesos_executor {

// Lives on the loop's thread. A command reads nothing, and writes to the executor's stderr. A
// command that has exited takes what it left behind with it.
class CheckCommands final : public health::CommandRunner {
 public:
  // Of the task, as LaunchSpec has them.
  struct Surroundings {
    std::vector<std::string> environment;
    std::string user;
  };

  // `loop` and `reaper` must outlive it. `none_left` is called, never within a call to this class,
  // each time that the last process of all commands has gone.
  CheckCommands(EventLoop* loop, process::ChildReaper* reaper, Surroundings surroundings,
                absl::AnyInvocable<void()> none_left);
  // The shims kill what there is still.
  ~CheckCommands() override;

  // Errors that `done` gets: no shim could be started or it died, what Launch of ProcessTree says,
  // or ResourceExhausted while eight earlier commands that were killed won't go.
  std::unique_ptr<Pending> Run(const health::CheckCommand& command, Done done) override;

  bool empty() const { return running_.empty(); }

  // As ProcessTree has them, of all commands.
  std::vector<std::string> Survivors() const;

 private:
  class Running;
  class Handle;

  absl::Status Start(const health::CheckCommand& command, Running* running);
  void Cancel(int64_t id);
  void Ended(int64_t id);

  EventLoop* const loop_;
  process::ChildReaper* const reaper_;
  const Surroundings surroundings_;
  absl::AnyInvocable<void()> none_left_;
  int64_t next_id_ = 0;
  // With those that were killed and are not gone yet.
  std::map<int64_t, std::unique_ptr<Running>> running_;
};

}  // namespace mesos_executor

#endif  // SUPERVISOR_CHECK_COMMANDS_H_
