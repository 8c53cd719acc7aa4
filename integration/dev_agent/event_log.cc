#include "integration/dev_agent/event_log.h"

#include <utility>

#include "absl/time/clock.h"

namespace mesos_executor::dev_agent {

EventLog::EventLog(Listener listener) : listener_(std::move(listener)) {}

void EventLog::Add(AgentEvent event) {
  event.time = absl::Now();
  if (listener_) listener_(event);
  const std::lock_guard lock(mutex_);
  events_.push_back(std::move(event));
  added_.notify_all();
}

std::vector<AgentEvent> EventLog::events() const {
  const std::lock_guard lock(mutex_);
  return events_;
}

bool EventLog::WaitFor(const Predicate& done, absl::Duration timeout) const {
  std::unique_lock lock(mutex_);
  return added_.wait_for(lock, absl::ToChronoMilliseconds(timeout), [&] { return done(events_); });
}

}  // namespace mesos_executor::dev_agent
