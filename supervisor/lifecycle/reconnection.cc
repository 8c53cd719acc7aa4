#include "supervisor/lifecycle/reconnection.h"

#include <algorithm>

namespace mesos_executor::lifecycle {
namespace {

constexpr absl::Duration kSoundAfter = absl::Seconds(5);
constexpr absl::Duration kFirstDelay = absl::Milliseconds(50);
constexpr int kMaxDoublings = 20;  // 14 hours: beyond any cap.

}  // namespace

void Reconnection::OnAttached(absl::Time now) {
  attached_at_ = now;
  down_ = false;
}

absl::Duration Reconnection::OnEnded(absl::Time now, double random) {
  const bool attached = attached_at_.has_value();
  const bool sound = attached && now - *attached_at_ >= kSoundAfter;
  attached_at_.reset();
  failures_ = sound ? 0 : std::min(failures_ + 1, kMaxDoublings);
  down_ = !attached || failures_ > 1;
  return std::min(kFirstDelay * (1 << failures_), longest_) * (0.75 + 0.25 * random);
}

}  // namespace mesos_executor::lifecycle
