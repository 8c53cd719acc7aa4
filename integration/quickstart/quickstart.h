// Runs one task through its whole life on this machine and shows it.
#ifndef INTEGRATION_QUICKSTART_QUICKSTART_H_
#define INTEGRATION_QUICKSTART_QUICKSTART_H_

#include "absl/status/statusor.h"
#include "integration/quickstart/options.h"

namespace mesos_executor::quickstart {

// Prints as it goes, and returns whether every step happened. Blocks the calling thread, which must
// be the only one, until all is over and nothing is left. Errors: what could not be set up.
absl::StatusOr<bool> RunQuickstart(const Options& options);

}  // namespace mesos_executor::quickstart

#endif  // INTEGRATION_QUICKSTART_QUICKSTART_H_
