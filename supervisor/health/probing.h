// Probes a task again and again, at the times that its check defines. Follows checker_process.cpp
// of Apache Mesos.
#ifndef SUPERVISOR_HEALTH_PROBING_H_
#define SUPERVISOR_HEALTH_PROBING_H_

#include <memory>

#include "absl/time/time.h"
#include "supervisor/event_loop/event_loop.h"
#include "supervisor/health/check_definition.h"
#include "supervisor/health/prober.h"

namespace mesos_executor::health {

// Lives on the loop's thread. Probes never overlap.
class Probing {
 public:
  class Observer {
   public:
    virtual ~Observer() = default;
    // A probe has ended, and the next one is on its way. One that was ended at its timeout is
    // DeadlineExceeded, and no other is. Never called within a call to Probing, which it may
    // destroy.
    virtual void OnProbed(const ProbeResult& result, absl::Duration took) = 0;
  };

  // `loop` and `observer` must outlive it.
  Probing(EventLoop* loop, std::unique_ptr<Prober> prober, const CheckDefinition& definition,
          Observer* observer);
  Probing(const Probing&) = delete;
  Probing& operator=(const Probing&) = delete;

  // The task starts now: the delay counts from here. Once.
  void Start();
  // For good.
  void Stop();

 private:
  void Probe();
  void Ended(ProbeResult result);

  EventLoop* const loop_;
  const std::unique_ptr<Prober> prober_;
  const absl::Duration delay_;
  const absl::Duration interval_;
  const absl::Duration timeout_;
  Observer* const observer_;
  absl::Time probe_started_;
  // The wait for the next probe, or for the end of this one's time.
  std::unique_ptr<Pending> timer_;
  std::unique_ptr<Pending> probe_;
};

}  // namespace mesos_executor::health

#endif  // SUPERVISOR_HEALTH_PROBING_H_
