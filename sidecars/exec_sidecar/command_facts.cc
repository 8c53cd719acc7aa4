#include "sidecars/exec_sidecar/command_facts.h"

#include <google/protobuf/util/json_util.h>

#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "sidecars/exec_sidecar/exec_settings.h"
#include "sidecars/runtime/task_lookup.h"

namespace mesos_executor::exec_sidecar {
namespace {

using lifecycle::v1::Task;

// More than any task has in practice; with all values far less than execve(2) takes in sum.
constexpr int kMaxLabels = 1000;
// MAX_ARG_STRLEN of execve(2) is 128 KiB, name included.
constexpr size_t kMaxValue = 100 * 1024;

absl::string_view HealthName(lifecycle::v1::Health health) {
  switch (health) {
    case lifecycle::v1::HEALTH_HEALTHY:
      return "healthy";
    case lifecycle::v1::HEALTH_UNHEALTHY:
      return "unhealthy";
    default:
      return "unknown";
  }
}

std::string VariableOf(absl::string_view label) {
  std::string name = "TASK_LABEL_";
  for (const char c : label) name += absl::ascii_isalnum(c) ? absl::ascii_toupper(c) : '_';
  return name;
}

std::string Json(const Task& task) {
  std::string json;
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  const auto status = google::protobuf::util::MessageToJsonString(task, &json, options);
  return status.ok() ? json : "{}";
}

}  // namespace

std::vector<std::string> CommandEnvironment(const Task& task, const sidecar::TaskState& state,
                                            absl::string_view path) {
  std::vector<std::string> environment;
  // execve(2) would end a value at its first zero byte.
  const auto add = [&](absl::string_view name, absl::string_view value) {
    if (value.size() > kMaxValue) return;
    environment.push_back(absl::StrCat(name, "=", value.substr(0, value.find('\0'))));
  };
  add("PATH", path);
  add("PHASE", PhaseName(state.phase));
  add("HEALTH", HealthName(state.health));
  add("FRAMEWORK_ID", task.framework_id());
  add("EXECUTOR_ID", task.executor_id());
  add("TASK_ID", task.task_id());
  add("TASK_NAME", task.name());
  add("TASK_ADDRESS", task.address());
  add("TASK_PORTS", absl::StrJoin(task.ports(), ",", [](std::string* out, const auto& port) {
        absl::StrAppend(out, port.number());
      }));
  std::set<std::string> names;
  for (const auto& label : task.labels()) {
    const std::string name = VariableOf(label.key());
    if (names.size() < kMaxLabels && names.insert(name).second) add(name, label.value());
  }
  add("TASK_JSON", Json(task));
  return environment;
}

absl::StatusOr<std::vector<std::pair<std::string, std::string>>> ParseVariables(
    absl::string_view output) {
  std::vector<std::pair<std::string, std::string>> variables;
  int number = 0;
  for (absl::string_view line : absl::StrSplit(output, '\n')) {
    ++number;
    if (line.empty()) continue;
    const size_t equals = line.find('=');
    if (equals == absl::string_view::npos || equals == 0) {
      return absl::InvalidArgumentError(absl::StrCat("line ", number, " of the command's output, ",
                                                     Quoted(line), ", is not NAME=value"));
    }
    variables.emplace_back(line.substr(0, equals), line.substr(equals + 1));
  }
  return variables;
}

absl::string_view LastLine(absl::string_view errors) {
  errors = absl::StripTrailingAsciiWhitespace(errors);
  const size_t newline = errors.rfind('\n');
  return newline == absl::string_view::npos ? errors : errors.substr(newline + 1);
}

}  // namespace mesos_executor::exec_sidecar
