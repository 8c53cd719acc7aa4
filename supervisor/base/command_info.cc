#include "supervisor/base/command_info.h"

namespace mesos_executor {

using ::mesos::v1::CommandInfo;

CommandLine CommandLineOf(const CommandInfo& info, std::string value) {
  // As Mesos' own executors start it.
  if (info.shell()) return {.program = "/bin/sh", .argv = {"sh", "-c", std::move(value)}};
  // As Mesos has it, the arguments include argv[0].
  CommandLine line{.argv = {info.arguments().begin(), info.arguments().end()}};
  if (line.argv.empty()) line.argv.push_back(value);
  line.program = std::move(value);
  return line;
}

std::vector<std::pair<std::string, std::string>> VariablesOf(const CommandInfo& info) {
  std::vector<std::pair<std::string, std::string>> variables;
  for (const auto& variable : info.environment().variables()) {
    // A SECRET has a reference that only the agent could have resolved.
    if (variable.has_value()) variables.emplace_back(variable.name(), variable.value());
  }
  return variables;
}

}  // namespace mesos_executor
