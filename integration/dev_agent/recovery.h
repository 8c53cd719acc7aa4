// An agent's way back after it has died, by the clock.
#ifndef INTEGRATION_DEV_AGENT_RECOVERY_H_
#define INTEGRATION_DEV_AGENT_RECOVERY_H_

#include <deque>
#include <memory>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "integration/dev_agent/fault_plan.h"
#include "supervisor/event_loop/event_loop.h"

namespace mesos_executor::dev_agent {

enum class RecoveryStep {
  kListening,   // Connections are taken again.
  kRouted,      // It knows its paths.
  kRecovering,  // It knows what it ran.
  kRecovered,   // All calls are taken.
  kWindowOver,  // Who has not subscribed again is too late.
};

// Takes the steps of one restart; the last two in the order of their times.
class Recovery {
 public:
  // Destruction ends it where it is. `on_step` may destroy it.
  Recovery(EventLoop* loop, const Restart& times, absl::AnyInvocable<void(RecoveryStep)> on_step);

 private:
  void Schedule();

  EventLoop* const loop_;
  absl::AnyInvocable<void(RecoveryStep)> on_step_;
  // With the time between each and the one before it.
  std::deque<std::pair<absl::Duration, RecoveryStep>> steps_;
  std::unique_ptr<Pending> timer_;
};

}  // namespace mesos_executor::dev_agent

#endif  // INTEGRATION_DEV_AGENT_RECOVERY_H_
