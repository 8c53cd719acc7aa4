// Runs a task's health check, and tells what the results mean.
#ifndef SUPERVISOR_HEALTH_HEALTH_CHECKER_H_
#define SUPERVISOR_HEALTH_HEALTH_CHECKER_H_

#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "supervisor/event_loop/event_loop.h"
#include "supervisor/health/check_definition.h"
#include "supervisor/health/health_monitor.h"
#include "supervisor/health/prober.h"
#include "supervisor/health/probing.h"

namespace mesos_executor::health {

// Lives on the loop's thread. Runs from its start until it is destroyed, or until it has asked for
// the task to be killed.
class HealthChecker final : private Probing::Observer {
 public:
  // Called on the loop's thread, never before Start returns. `why` begins with the name of the
  // check.
  class Observer {
   public:
    virtual ~Observer() = default;

    // A probe has ended; `why` is empty on success. Comes before the two below. Must not destroy
    // the checker; those may.
    virtual void OnResult(bool success, absl::Duration took, const std::string& why) = 0;
    // The first success, and the first one after failures; or so many as are asked for.
    virtual void OnHealthy() = 0;
    // Every failure that counts. With `kill`, the last call of all: there were too many in a row.
    virtual void OnUnhealthy(const std::string& why, bool kill) = 0;
  };

  // True while results are to mean nothing: they are told to OnResult, and that is all.
  using Snoozed = absl::AnyInvocable<bool()>;

  // `loop` and `observer` must outlive it. The task starts now: the grace period counts from here.
  HealthChecker(EventLoop* loop, std::unique_ptr<Prober> prober, HealthDefinition definition,
                Snoozed snoozed, Observer* observer);

  // The delay counts from here. Once.
  void Start() { probing_.Start(); }

 private:
  void OnProbed(const ProbeResult& result, absl::Duration took) override;

  EventLoop* const loop_;
  const HealthDefinition definition_;
  Snoozed snoozed_;
  Observer* const observer_;
  HealthMonitor monitor_;
  Probing probing_;
};

}  // namespace mesos_executor::health

#endif  // SUPERVISOR_HEALTH_HEALTH_CHECKER_H_
