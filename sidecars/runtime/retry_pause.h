// How long to wait before something that failed is tried again.
#ifndef SIDECARS_RUNTIME_RETRY_PAUSE_H_
#define SIDECARS_RUNTIME_RETRY_PAUSE_H_

#include "absl/time/time.h"

namespace mesos_executor::sidecar {

// Pauses that double from the first to the last; each is shortened at random by up to a half, so
// that the sidecars of many hosts don't come back to a back end all at once. A plain value.
class RetryPause {
 public:
  static constexpr absl::Duration kFirst = absl::Milliseconds(250);
  static constexpr absl::Duration kLast = absl::Seconds(15);

  // The pause after one more failure. `random` is from 0 (included) to 1.
  absl::Duration Next(double random);
  // Only a human can mend this: the longest pause from now on.
  void Slow() { longest_ = kLast; }
  // It went well.
  void Reset() { longest_ = kFirst; }

 private:
  absl::Duration longest_ = kFirst;
};

}  // namespace mesos_executor::sidecar

#endif  // SIDECARS_RUNTIME_RETRY_PAUSE_H_
