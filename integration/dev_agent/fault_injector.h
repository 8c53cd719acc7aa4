// Does to an agent and its calls what a fault plan says.
#ifndef INTEGRATION_DEV_AGENT_FAULT_INJECTOR_H_
#define INTEGRATION_DEV_AGENT_FAULT_INJECTOR_H_

#include <memory>
#include <optional>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "integration/dev_agent/exchange.h"
#include "integration/dev_agent/fault_plan.h"
#include "integration/dev_agent/fault_script.h"
#include "integration/dev_agent/http_text.h"
#include "supervisor/event_loop/event_loop.h"

namespace mesos_executor::dev_agent {

// Lives on the loop's thread.
class FaultInjector {
 public:
  // The agent that suffers.
  struct Victim {
    // A fault strikes.
    absl::AnyInvocable<void(const Fault&)> struck;
    absl::AnyInvocable<void(bool stop_reading)> freeze;
    absl::AnyInvocable<void()> thaw;
    absl::AnyInvocable<void()> break_stream;
    absl::AnyInvocable<void(const Restart&)> restart;
  };

  FaultInjector(EventLoop* loop, Victim victim) : loop_(loop), victim_(std::move(victim)) {}

  // Calls and connections count from now on, times from the launch.
  void Add(const FaultPlan& plan);
  void OnLaunch();
  // The agent is thawed and calls that waited are forgotten, as their connections are.
  void OnAgentDied();

  // A connection was accepted.
  std::optional<CutAnswer> OnConnection();

  // A call came: `take` treats it as a healthy agent does, `refuse` only answers it. At most one of
  // them is called, now or when the agent thaws.
  void OnCall(Trigger::Kind kind, Exchange& exchange, absl::AnyInvocable<void()> take,
              absl::AnyInvocable<void(Answer)> refuse);

 private:
  void At(const Fault& fault);
  void Strike(const Effect& effect);
  void FreezeFor(const Freeze& freeze);

  EventLoop* const loop_;
  Victim victim_;
  FaultScript script_;
  std::optional<absl::Time> launched_;
  FaultPlan before_launch_;
  std::vector<std::unique_ptr<Pending>> timers_;
  std::unique_ptr<Pending> thaw_;
  // Calls that a freeze caught.
  std::vector<absl::AnyInvocable<void()>> waiting_;
};

}  // namespace mesos_executor::dev_agent

#endif  // INTEGRATION_DEV_AGENT_FAULT_INJECTOR_H_
