// So much a second, with short bursts: paces reading and sending.
#ifndef SIDECARS_LOG_SHIPPER_OUTPUTS_TOKEN_BUCKET_H_
#define SIDECARS_LOG_SHIPPER_OUTPUTS_TOKEN_BUCKET_H_

#include <cstdint>

#include "absl/time/time.h"

namespace mesos_executor::log_shipper {

// Pure: the time is told, and never goes back. Drops nothing: whoever takes more than there is owes
// it, and must wait until it is paid.
class TokenBucket {
 public:
  // Full at first. `burst` is the most that can be saved up. Both positive.
  TokenBucket(double per_second, double burst, absl::Time now)
      : per_second_(per_second), burst_(burst), tokens_(burst), at_(now) {}

  // How many may be taken now; 0 while some are owed.
  uint64_t Available(absl::Time now);
  void Take(uint64_t count, absl::Time now);
  // Until `count` (at most the burst) are available; zero if they are.
  absl::Duration WaitFor(uint64_t count, absl::Time now);

 private:
  void Fill(absl::Time now);

  double per_second_;
  double burst_;
  double tokens_;
  absl::Time at_;
};

}  // namespace mesos_executor::log_shipper

#endif  // SIDECARS_LOG_SHIPPER_OUTPUTS_TOKEN_BUCKET_H_
