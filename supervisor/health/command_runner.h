// How a check's command is run; the supervisor's processes are behind it.
#ifndef SUPERVISOR_HEALTH_COMMAND_RUNNER_H_
#define SUPERVISOR_HEALTH_COMMAND_RUNNER_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "supervisor/event_loop/event_loop.h"

namespace mesos_executor::health {

// The command of a COMMAND check.
struct CheckCommand {
  // At least one. A shell command is {"sh", "-c", command}.
  std::vector<std::string> argv;
  // A path, or a name to look up in PATH; empty: argv[0].
  std::string program;
  // Added to the task's environment.
  std::vector<std::pair<std::string, std::string>> environment;
};

// Lives on the loop's thread. Never blocks it.
class CommandRunner {
 public:
  // How the command ended, as wait(2) has it, once none of its processes is left; or why it could
  // not be started.
  using Done = absl::AnyInvocable<void(absl::StatusOr<int>)>;

  virtual ~CommandRunner() = default;

  // Runs it as the task's user, in the task's environment. Calls `done` once, never before Run
  // returns. Destroying the result kills the command with all that it has started; `done` is then
  // never called.
  [[nodiscard]] virtual std::unique_ptr<Pending> Run(const CheckCommand& command, Done done) = 0;
};

}  // namespace mesos_executor::health

#endif  // SUPERVISOR_HEALTH_COMMAND_RUNNER_H_
