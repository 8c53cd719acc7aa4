#include "supervisor/task/end_budget.h"

#include <algorithm>

namespace mesos_executor::task {
namespace {

// Kept back from the agent's shutdown grace period, so that we are gone before the agent kills us.
constexpr absl::Duration kShutdownReserve = absl::Milliseconds(500);
// Kept back once more for SIGKILL, the last update and its acknowledgement.
constexpr absl::Duration kReportReserve = absl::Milliseconds(500);
// The least time for processes to die of SIGKILL, and for the last update to be acknowledged,
// however little is left.
constexpr absl::Duration kLeastWait = absl::Milliseconds(250);

}  // namespace

void EndBudget::ShutDown(absl::Time now) {
  const absl::Duration left = limits_.shutdown_grace - kShutdownReserve;
  shutdown_by_ = std::min(shutdown_by_, now + std::max(left, absl::ZeroDuration()));
}

void EndBudget::ShortenGrace(absl::Duration grace) { grace_ = std::min(grace_, grace); }

absl::Duration EndBudget::DrainCap(absl::Time now) const {
  return std::max((shutdown_by_ - now) / 4, absl::ZeroDuration());
}

absl::Time EndBudget::StopRequestEnd(int request, int requests) const {
  const absl::Duration part = (KillAt() - stop_begun_) / (requests + 1);
  return stop_begun_ + (request + 1) * std::min(part, limits_.stop_request);
}

absl::Time EndBudget::KillAt() const {
  return std::min(stop_begun_ + grace_, shutdown_by_ - kReportReserve);
}

absl::Time EndBudget::UnkillableAt(absl::Time now) const {
  // Of a SHUTDOWN's time the last part is for the update that names the unkillable.
  return std::min(now + limits_.unkillable, std::max(shutdown_by_ - kLeastWait, now + kLeastWait));
}

absl::Duration EndBudget::FlushBound(absl::Time now) const {
  // Half of what a SHUTDOWN leaves, so that the sidecars never cost the acknowledgement.
  return std::min(limits_.flush, (OverBy(now) - now) / 2);
}

absl::Time EndBudget::LeaveAt(absl::Time now, bool connected) const {
  return std::min(connected ? now + limits_.acknowledgement : absl::InfiniteFuture(), OverBy(now));
}

absl::Time EndBudget::OverBy(absl::Time now) const {
  return std::max(shutdown_by_, now + kLeastWait);
}

}  // namespace mesos_executor::task
