// dev-agent: our agent for development and tests, for people.
#include <stdio.h>

#include <string>
#include <vector>

#include "integration/dev_agent/run.h"
#include "integration/dev_agent/run_options.h"

namespace mesos_executor::dev_agent {
namespace {

constexpr int kAsAsked = 0;
constexpr int kNotAsAsked = 1;
constexpr int kUsage = 2;

int Main(const std::vector<std::string>& arguments) {
  if (!arguments.empty() && (arguments[0] == "--help" || arguments[0] == "-h")) {
    fputs(RunHelp().c_str(), stdout);
    return kAsAsked;
  }
  if (arguments.empty() || arguments[0] != "run") {
    fputs("dev-agent: write: dev-agent run [options] -- COMMAND; see: dev-agent --help\n", stderr);
    return kUsage;
  }
  const auto options = ParseRunOptions({arguments.begin() + 1, arguments.end()});
  if (!options.ok()) {
    fprintf(stderr, "dev-agent: %s\n", std::string(options.status().message()).c_str());
    return kUsage;
  }
  if (options->help) {
    fputs(RunHelp().c_str(), stdout);
    return kAsAsked;
  }
  const auto as_asked = Run(*options);
  if (!as_asked.ok()) {
    fprintf(stderr, "dev-agent: %s\n", std::string(as_asked.status().message()).c_str());
    const absl::StatusCode code = as_asked.status().code();
    const bool usage =
        code == absl::StatusCode::kInvalidArgument || code == absl::StatusCode::kNotFound;
    return usage ? kUsage : kNotAsAsked;
  }
  return *as_asked ? kAsAsked : kNotAsAsked;
}

}  // namespace
}  // namespace mesos_executor::dev_agent

int main(int argc, char** argv) { return mesos_executor::dev_agent::Main({argv + 1, argv + argc}); }
