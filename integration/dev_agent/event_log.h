// What has happened at an agent, for whoever waits for it.
#ifndef INTEGRATION_DEV_AGENT_EVENT_LOG_H_
#define INTEGRATION_DEV_AGENT_EVENT_LOG_H_

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "integration/dev_agent/agent_event.h"

namespace mesos_executor::dev_agent {

// Thread-safe.
class EventLog {
 public:
  using Listener = absl::AnyInvocable<void(const AgentEvent&)>;
  using Predicate = std::function<bool(const std::vector<AgentEvent>&)>;

  // An agent that runs for weeks forgets its oldest events, except for the executor's start and
  // end.
  static constexpr size_t kMaxEvents = 10'000;

  // `listener` may be null.
  explicit EventLog(Listener listener);

  // Gives the event its time and tells the listener. From one thread only.
  void Add(AgentEvent event);

  // At least the newest kMaxEvents / 2.
  std::vector<AgentEvent> events() const;

  // Waits until `done` is true of events(); false if that took too long.
  bool WaitFor(const Predicate& done, absl::Duration timeout) const;

 private:
  Listener listener_;
  mutable std::mutex mutex_;
  mutable std::condition_variable added_;
  std::vector<AgentEvent> events_;
};

}  // namespace mesos_executor::dev_agent

#endif  // INTEGRATION_DEV_AGENT_EVENT_LOG_H_
