// When to connect to a sidecar again, and when it counts as down. Pure.
#ifndef SUPERVISOR_LIFECYCLE_RECONNECTION_H_
#define SUPERVISOR_LIFECYCLE_RECONNECTION_H_

#include <optional>

#include "absl/time/time.h"

namespace mesos_executor::lifecycle {

class Reconnection {
 public:
  // `longest`: no delay is longer.
  explicit Reconnection(absl::Duration longest) : longest_(longest) {}

  // The sidecar accepted a connection.
  void OnAttached(absl::Time now);

  // The connection, or the attempt at one, has ended. Says how long to wait before the next
  // attempt: 50 ms after a sound connection (one that lasted 5 s), twice as long after each one
  // that wasn't. `random` in [0, 1) spreads the delays, so that a daemon that restarts doesn't meet
  // all supervisors of its host at once.
  absl::Duration OnEnded(absl::Time now, double random);

  // Not worth waiting for: the last attempt failed, or the sidecar hung up twice in a row soon
  // after it had attached. False while the first attempt is under way, and right after a sound
  // connection broke.
  bool down() const { return down_; }

 private:
  const absl::Duration longest_;
  int failures_ = 0;
  bool down_ = false;
  std::optional<absl::Time> attached_at_;
};

}  // namespace mesos_executor::lifecycle

#endif  // SUPERVISOR_LIFECYCLE_RECONNECTION_H_
