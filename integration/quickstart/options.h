// The quickstart's command line.
#ifndef INTEGRATION_QUICKSTART_OPTIONS_H_
#define INTEGRATION_QUICKSTART_OPTIONS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace mesos_executor::quickstart {

struct Options {
  // Programs; absolute paths.
  std::string executor;
  std::string sidecar;
  std::string service;
  // How long the task runs until it is killed; none: until somebody says so.
  std::optional<absl::Duration> run_for;
  bool json = false;
  bool help = false;
};

// InvalidArgument: what is wrong and what would be right. With --help nothing else is asked for.
absl::StatusOr<Options> ParseOptions(const std::vector<std::string>& arguments);

// What --help prints.
std::string HelpText();

}  // namespace mesos_executor::quickstart

#endif  // INTEGRATION_QUICKSTART_OPTIONS_H_
