// The command line of the program.
#ifndef INTEGRATION_FAKE_VAAS_OPTIONS_H_
#define INTEGRATION_FAKE_VAAS_OPTIONS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "integration/fake_vaas/fake_vaas.h"

namespace mesos_executor::fake_vaas {

struct Options {
  bool help = false;
  Settings settings;
};

// InvalidArgument, for people: what is wrong.
absl::StatusOr<Options> ParseOptions(const std::vector<std::string>& arguments);

std::string Help();

}  // namespace mesos_executor::fake_vaas

#endif  // INTEGRATION_FAKE_VAAS_OPTIONS_H_
