// Many supervisors at one sidecar of the host, which is killed and started again under them.
#ifndef INTEGRATION_LIFECYCLE_SCALE_H_
#define INTEGRATION_LIFECYCLE_SCALE_H_

#include <cstddef>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "integration/lifecycle/observed_sidecar.h"

namespace mesos_executor::lifecycle {

struct ScaleResult {
  // From the supervisors' start until all are attached, and until the sidecar has done its work for
  // all.
  absl::Duration attached;
  absl::Duration done;
  // From the sidecar's restart, after kill -9.
  absl::Duration attached_again;
  absl::Duration done_again;
  // From the kill -9 of all supervisors.
  absl::Duration undone;
  // Of the sidecar, before anybody came and at its most.
  double empty_mb = 0;
  double peak_mb = 0;
  int threads = 0;
};

// DeadlineExceeded, naming the step, if a minute passes without news.
absl::StatusOr<ScaleResult> RunScale(ObservedSidecar* sidecar, size_t supervisors);

}  // namespace mesos_executor::lifecycle

#endif  // INTEGRATION_LIFECYCLE_SCALE_H_
