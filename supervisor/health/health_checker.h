// Runs a task's health check: probes at the right times and tells what the results mean.
#ifndef SUPERVISOR_HEALTH_HEALTH_CHECKER_H_
#define SUPERVISOR_HEALTH_HEALTH_CHECKER_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "supervisor/base/http_client.h"
#include "supervisor/event_loop/asio_event_loop.h"
#include "supervisor/event_loop/event_loop.h"
#include "supervisor/health/check_definition.h"
#include "supervisor/health/health_monitor.h"
#include "supervisor/health/prober.h"

namespace mesos_executor::health {

// For HealthChecker: the prober of the definition's kind. `loop` and `client` must outlive it.
std::unique_ptr<Prober> NewProber(AsioEventLoop* loop, HttpClient* client,
                                  const CheckDefinition& definition);

// Lives on the loop's thread. Runs from its start until it is destroyed, or until it has asked for
// the task to be killed.
class HealthChecker {
 public:
  // Called on the loop's thread, never before Start returns. `why` begins with the name of the
  // check.
  class Observer {
   public:
    virtual ~Observer() = default;

    // A probe has ended; `why` is empty on success. Comes before the two below. Must not destroy
    // the checker; those may.
    virtual void OnResult(bool success, absl::Duration took, const std::string& why) = 0;
    // The first success, and the first one after failures.
    virtual void OnHealthy() = 0;
    // Every failure that counts. With `kill`, the last call of all: there were too many in a row.
    virtual void OnUnhealthy(const std::string& why, bool kill) = 0;
  };

  // `loop` and `observer` must outlive it. The task starts now: delay and grace period count from
  // here.
  HealthChecker(EventLoop* loop, std::unique_ptr<Prober> prober, CheckDefinition definition,
                Observer* observer);
  HealthChecker(const HealthChecker&) = delete;
  HealthChecker& operator=(const HealthChecker&) = delete;

  // Once.
  void Start();

 private:
  void ScheduleProbe();
  void Probe();
  void Ended(const absl::Status& status);

  EventLoop* const loop_;
  const std::unique_ptr<Prober> prober_;
  const CheckDefinition definition_;
  Observer* const observer_;
  HealthMonitor monitor_;
  absl::Time probe_started_;
  // The wait for the next probe, or for the end of this one's time.
  std::unique_ptr<Pending> timer_;
  std::unique_ptr<Pending> probe_;
};

}  // namespace mesos_executor::health

#endif  // SUPERVISOR_HEALTH_HEALTH_CHECKER_H_
