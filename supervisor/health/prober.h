// One try at finding out whether a task is well.
#ifndef SUPERVISOR_HEALTH_PROBER_H_
#define SUPERVISOR_HEALTH_PROBER_H_

#include <memory>
#include <optional>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "supervisor/event_loop/event_loop.h"

namespace mesos_executor::health {

struct ProbeResult {
  // OK where a health check succeeds; else the message says what was seen.
  absl::Status status;
  // The answer's status code, the command's exit code: where there was one.
  std::optional<int> code;
};

// Lives on the loop's thread, which it never blocks, and outlives its probes.
class Prober {
 public:
  using Done = absl::AnyInvocable<void(ProbeResult)>;

  virtual ~Prober() = default;

  // Calls `done` once, never before Probe returns. Has no time limit of its own: destroying the
  // result ends the probe with all that belongs to it, and `done` is then never called.
  [[nodiscard]] virtual std::unique_ptr<Pending> Probe(Done done) = 0;
};

}  // namespace mesos_executor::health

#endif  // SUPERVISOR_HEALTH_PROBER_H_
