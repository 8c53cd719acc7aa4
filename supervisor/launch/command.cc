#include "supervisor/launch/command.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "supervisor/base/command_info.h"

namespace mesos_executor::launch {
namespace {

using mesos::v1::CommandInfo;

// Takes "'...'" from the front of `text`; false if it isn't there.
bool ConsumeQuoted(absl::string_view* text, absl::string_view* quoted) {
  if (!absl::ConsumePrefix(text, "'")) return false;
  const size_t end = text->find('\'');
  if (end == absl::string_view::npos) return false;
  *quoted = text->substr(0, end);
  text->remove_prefix(end + 1);
  return true;
}

Command FromInfo(const CommandInfo& info, std::string value) {
  CommandLine line = CommandLineOf(info, std::move(value));
  return {.program = std::move(line.program), .argv = std::move(line.argv)};
}

// "b" for "exec './a/b' c": as far as it can be told without being a shell.
absl::string_view ProgramName(absl::string_view command) {
  absl::ConsumePrefix(&command, "exec ");
  absl::string_view program;
  if (!ConsumeQuoted(&command, &program)) program = command.substr(0, command.find(' '));
  return program.substr(program.rfind('/') + 1);
}

}  // namespace

std::string WithoutMarathonPrefix(const std::string& command) {
  absl::string_view rest = command;
  absl::string_view made_executable, executed;
  if (absl::ConsumePrefix(&rest, "chmod ug+rx ") && ConsumeQuoted(&rest, &made_executable) &&
      absl::ConsumePrefix(&rest, " && exec ") && ConsumeQuoted(&rest, &executed) &&
      made_executable == executed && (rest.empty() || absl::ConsumePrefix(&rest, " "))) {
    return std::string(rest);
  }
  return command;
}

absl::StatusOr<Command> CommandOf(const mesos::v1::TaskInfo& task, absl::string_view own_program) {
  if (task.has_command()) {
    if (task.command().value().empty()) {
      return absl::InvalidArgumentError(
          "TaskInfo.command has no value: give it the command to run");
    }
    Command command = FromInfo(task.command(), task.command().value());
    command.user = task.command().user();
    return command;
  }
  const CommandInfo& own = task.executor().command();
  std::string value = WithoutMarathonPrefix(own.value());
  if (value.empty() || ProgramName(value) == own_program) {
    return absl::InvalidArgumentError(
        "the task has no command: set TaskInfo.command, or append it to the executor's own as "
        "Marathon does");
  }
  return FromInfo(own, std::move(value));
}

std::vector<std::string> EnvironmentOf(const mesos::v1::TaskInfo& task, const Environment& own,
                                       const std::vector<std::string>& additions) {
  const std::vector<std::string> kept = absl::StrSplit(
      own.Get("ALLEGRO_EXECUTOR_KEEP_ENV").value_or(""), absl::ByAnyChar(", "), absl::SkipEmpty());
  std::map<std::string, std::string, std::less<>> variables;
  for (const auto& [name, value] : own.variables()) {
    if (!IsKeptFromTask(name) || std::find(kept.begin(), kept.end(), name) != kept.end()) {
      variables[name] = value;
    }
  }
  // As Mesos' own executors do (launcher/executor.cpp).
  if (!task.resources().empty() && task.resources(0).allocation_info().has_role()) {
    variables["MESOS_ALLOCATION_ROLE"] = task.resources(0).allocation_info().role();
  }
  for (auto& [name, value] : VariablesOf(task.command())) variables[name] = std::move(value);
  for (const std::string& addition : additions) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(addition, absl::MaxSplits('=', 1));
    variables[parts.first] = parts.second;
  }
  std::vector<std::string> result;
  result.reserve(variables.size());
  for (const auto& [name, value] : variables) result.push_back(absl::StrCat(name, "=", value));
  return result;
}

}  // namespace mesos_executor::launch
