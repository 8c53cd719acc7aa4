// What Mesos' CommandInfo runs: a task's command, and that of a check.
#ifndef SUPERVISOR_BASE_COMMAND_INFO_H_
#define SUPERVISOR_BASE_COMMAND_INFO_H_

#include <string>
#include <utility>
#include <vector>

#include "protos/mesos/v1/command.pb.h"

namespace mesos_executor {

struct CommandLine {
  // A path, or a name to be looked up in PATH.
  std::string program;
  // At least one: argv[0] first.
  std::vector<std::string> argv;
};

// `value` stands for that of `info`, which must have one.
CommandLine CommandLineOf(const mesos::v1::CommandInfo& info, std::string value);

// Names and values, in the message's order. Without those whose value isn't known here.
std::vector<std::pair<std::string, std::string>> VariablesOf(const mesos::v1::CommandInfo& info);

}  // namespace mesos_executor

#endif  // SUPERVISOR_BASE_COMMAND_INFO_H_
