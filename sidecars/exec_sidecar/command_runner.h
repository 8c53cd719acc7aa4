// Runs one command, from its start until nothing of its process group is left.
#ifndef SIDECARS_EXEC_SIDECAR_COMMAND_RUNNER_H_
#define SIDECARS_EXEC_SIDECAR_COMMAND_RUNNER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "supervisor/event_loop/event_loop.h"

namespace mesos_executor::exec_sidecar {

struct CommandResult {
  // "" for exit code 0; else how it ended: "exit code 3", "killed by signal 9", "no end within
  // 10s", or why it could not be started.
  std::string failure;
  // What it wrote: at most kMaxOutput from the start of stdout (`cut` where there was more), and
  // kMaxErrors from the end of stderr.
  std::string output;
  bool cut = false;
  std::string errors;
};

// Lives on the loop's thread, and longer than what it runs.
class CommandRunner {
 public:
  virtual ~CommandRunner() = default;

  // Calls `done` once, from the loop. Destroying the result before that kills the command, with its
  // group. The same happens after `timeout`, and to what a command leaves behind in its group.
  [[nodiscard]] virtual std::unique_ptr<Pending> Run(
      std::vector<std::string> environment, absl::Duration timeout,
      absl::AnyInvocable<void(CommandResult)> done) = 0;
};

// Of `/bin/sh -c COMMAND`.
std::unique_ptr<CommandRunner> NewShellRunner(EventLoop* loop, std::string command);

}  // namespace mesos_executor::exec_sidecar

#endif  // SIDECARS_EXEC_SIDECAR_COMMAND_RUNNER_H_
