// What a command is told of its task, and what it says: environment and output. Pure.
#ifndef SIDECARS_EXEC_SIDECAR_COMMAND_FACTS_H_
#define SIDECARS_EXEC_SIDECAR_COMMAND_FACTS_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "protos/lifecycle/v1/lifecycle.pb.h"
#include "sidecars/runtime/handler.h"

namespace mesos_executor::exec_sidecar {

// More of a command's stdout, or of its stderr's end, is not looked at.
inline constexpr size_t kMaxOutput = 64 * 1024;
inline constexpr size_t kMaxErrors = 1024;

// The command's whole environment, as "NAME=value": `path` as PATH, PHASE, HEALTH (unknown, healthy
// or unhealthy), FRAMEWORK_ID, EXECUTOR_ID, TASK_ID, TASK_NAME, TASK_ADDRESS, TASK_PORTS
// ("80,81"), for each label TASK_LABEL_<KEY> (in upper case, "_" for what isn't a letter or digit;
// the first of those that come out alike), and all facts as TASK_JSON. A value that no program
// could be started with (128 KiB, execve(2)) is left out.
std::vector<std::string> CommandEnvironment(const lifecycle::v1::Task& task,
                                            const sidecar::TaskState& state,
                                            absl::string_view path);

// The variables that a command wrote at before-start: a line NAME=value each; empty lines are
// skipped. InvalidArgument names the line that is none. What is too much is the supervisor's to
// refuse.
absl::StatusOr<std::vector<std::pair<std::string, std::string>>> ParseVariables(
    absl::string_view output);

// The last line that isn't empty; why a command failed is there.
absl::string_view LastLine(absl::string_view errors);

}  // namespace mesos_executor::exec_sidecar

#endif  // SIDECARS_EXEC_SIDECAR_COMMAND_FACTS_H_
