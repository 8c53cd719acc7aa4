// All that has happened at an agent, for whoever waits for it.
#ifndef INTEGRATION_DEV_AGENT_EVENT_LOG_H_
#define INTEGRATION_DEV_AGENT_EVENT_LOG_H_

#include <condition_variable>
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

  // `listener` may be null.
  explicit EventLog(Listener listener);

  // Gives the event its time and tells the listener. From one thread only.
  void Add(AgentEvent event);

  std::vector<AgentEvent> events() const;

  // Waits until `done` is true of all events so far; false if that took too long.
  bool WaitFor(const Predicate& done, absl::Duration timeout) const;

 private:
  Listener listener_;
  mutable std::mutex mutex_;
  mutable std::condition_variable added_;
  std::vector<AgentEvent> events_;
};

}  // namespace mesos_executor::dev_agent

#endif  // INTEGRATION_DEV_AGENT_EVENT_LOG_H_
