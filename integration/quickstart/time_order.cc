#include "integration/quickstart/time_order.h"

#include <utility>

namespace mesos_executor::quickstart {

void TimeOrder::Add(Event event) {
  const absl::Time time = event.time;
  waiting_.emplace(time, std::move(event));
}

std::vector<Event> TimeOrder::Take(absl::Time now) {
  std::vector<Event> due;
  const auto end = waiting_.upper_bound(now - patience_);
  for (auto it = waiting_.begin(); it != end; ++it) due.push_back(std::move(it->second));
  waiting_.erase(waiting_.begin(), end);
  return due;
}

std::optional<absl::Time> TimeOrder::next() const {
  if (waiting_.empty()) return std::nullopt;
  return waiting_.begin()->first + patience_;
}

}  // namespace mesos_executor::quickstart
