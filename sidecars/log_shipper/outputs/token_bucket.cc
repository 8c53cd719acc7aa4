#include "sidecars/log_shipper/outputs/token_bucket.h"

#include <algorithm>

namespace mesos_executor::log_shipper {
namespace {

// What is a whole token but for the rounding of doubles.
constexpr double kAlmost = 1e-6;

}  // namespace

void TokenBucket::Fill(absl::Time now) {
  tokens_ = std::min(burst_, tokens_ + absl::ToDoubleSeconds(now - at_) * per_second_);
  at_ = now;
}

uint64_t TokenBucket::Available(absl::Time now) {
  Fill(now);
  return tokens_ < 0 ? 0 : static_cast<uint64_t>(tokens_ + kAlmost);
}

void TokenBucket::Take(uint64_t count, absl::Time now) {
  Fill(now);
  tokens_ -= static_cast<double>(count);
}

absl::Duration TokenBucket::WaitFor(uint64_t count, absl::Time now) {
  Fill(now);
  const double missing = std::min(static_cast<double>(count), burst_) - tokens_;
  return missing <= kAlmost ? absl::ZeroDuration() : absl::Seconds(missing / per_second_);
}

}  // namespace mesos_executor::log_shipper
