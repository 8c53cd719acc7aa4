// The quickstart: deploy/quickstart builds all it needs and starts it. See --help.
#include <glog/logging.h>

#include <cstdio>
#include <string>
#include <vector>

#include "integration/quickstart/options.h"
#include "integration/quickstart/quickstart.h"

int main(int argc, char** argv) {
  using namespace mesos_executor::quickstart;
  FLAGS_logtostderr = true;
  google::InitGoogleLogging(argv[0]);
  const auto options = ParseOptions(std::vector<std::string>(argv + 1, argv + argc));
  if (!options.ok()) {
    fprintf(stderr, "quickstart: %s\n", std::string(options.status().message()).c_str());
    return 2;
  }
  if (options->help) {
    fputs(HelpText().c_str(), stdout);
    return 0;
  }
  const auto happened = RunQuickstart(*options);
  if (!happened.ok()) {
    fprintf(stderr, "quickstart: %s\n", std::string(happened.status().message()).c_str());
    return 1;
  }
  return *happened ? 0 : 1;
}
