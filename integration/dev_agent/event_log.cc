#include "integration/dev_agent/event_log.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"

namespace mesos_executor::dev_agent {
namespace {

// Half of them, so that it is seldom done.
void ForgetOldest(std::vector<AgentEvent>* events) {
  const auto half = events->begin() + EventLog::kMaxEvents / 2;
  events->erase(std::remove_if(events->begin(), half,
                               [](const AgentEvent& event) {
                                 return event.kind != AgentEvent::kExecutorStarted &&
                                        event.kind != AgentEvent::kExecutorExited;
                               }),
                half);
}

}  // namespace

EventLog::EventLog(Listener listener) : listener_(std::move(listener)) {}

void EventLog::Add(AgentEvent event) {
  event.time = absl::Now();
  if (listener_) listener_(event);
  const std::lock_guard lock(mutex_);
  if (events_.size() == kMaxEvents) ForgetOldest(&events_);
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
