// exec-sidecar: runs a command of yours at each phase of a task's life.
#include "sidecars/runtime/main.h"

#include <stdlib.h>

#include <memory>
#include <string>
#include <utility>

#include "sidecars/exec_sidecar/command_runner.h"
#include "sidecars/exec_sidecar/exec_handler.h"
#include "sidecars/exec_sidecar/exec_settings.h"

namespace mesos_executor::exec_sidecar {
namespace {

constexpr char kSettingsHelp[] =
    "  EXEC_COMMAND  what to run, for /bin/sh (no default)\n"
    "  EXEC_PHASES   when: some of before-start, started, healthy, unhealthy, before-terminate,\n"
    "                terminated, separated by commas (all of them)\n"
    "  EXEC_TIMEOUT  how long it may run (10s); the task waits for it no longer than its deadline\n"
    "The command finds in its environment: PATH, PHASE, HEALTH, FRAMEWORK_ID, EXECUTOR_ID, "
    "TASK_ID,\n"
    "TASK_NAME, TASK_ADDRESS, TASK_PORTS (80,81), TASK_LABEL_<KEY> for each label, and TASK_JSON.\n"
    "An exit code other than 0 is a failure, and the last line of its stderr says why. At\n"
    "before-start, its stdout adds variables to the task's environment: a line NAME=value each.\n"
    "Commands of a task run one at a time; the end of the task overtakes the others. A phase may\n"
    "come twice, and `terminated` is run again until it succeeds.\n";

absl::StatusOr<std::unique_ptr<sidecar::Handler>> MakeHandler(const sidecar::HandlerParts& parts) {
  auto settings = ExecSettings::From(parts.settings);
  if (!settings.ok()) return settings.status();
  auto runner = NewShellRunner(parts.loop, settings->command);
  const char* const path = getenv("PATH");
  return std::make_unique<ExecHandler>(parts.loop, std::move(runner), *std::move(settings),
                                       path == nullptr ? "/usr/local/bin:/usr/bin:/bin" : path,
                                       parts.memory);
}

}  // namespace
}  // namespace mesos_executor::exec_sidecar

int main(int argc, char** argv) {
  return mesos_executor::sidecar::SidecarMain(
      argc, argv,
      {"exec-sidecar", "Runs a command of yours at each phase of a task's life.",
       mesos_executor::exec_sidecar::kSettingsHelp},
      mesos_executor::exec_sidecar::MakeHandler);
}
