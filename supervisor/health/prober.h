// One try at finding out whether a task is well.
#ifndef SUPERVISOR_HEALTH_PROBER_H_
#define SUPERVISOR_HEALTH_PROBER_H_

#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "supervisor/event_loop/event_loop.h"

namespace mesos_executor::health {

// Lives on the loop's thread. Never blocks it.
class Prober {
 public:
  // OK is a success; else the message says what was seen.
  using Done = absl::AnyInvocable<void(absl::Status)>;

  virtual ~Prober() = default;

  // Calls `done` once, never before Probe returns. Has no time limit of its own: destroying the
  // result ends the probe with all that belongs to it, and `done` is then never called.
  [[nodiscard]] virtual std::unique_ptr<Pending> Probe(Done done) = 0;
};

}  // namespace mesos_executor::health

#endif  // SUPERVISOR_HEALTH_PROBER_H_
