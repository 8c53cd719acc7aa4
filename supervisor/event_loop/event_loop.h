// The loop that owns all state of one of our processes: timers, descriptors, and a queue through which other threads post.
#ifndef SUPERVISOR_EVENT_LOOP_EVENT_LOOP_H_
#define SUPERVISOR_EVENT_LOOP_EVENT_LOOP_H_

#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"

namespace mesos_executor {

// Something under way that ends when it is destroyed: its callback is never called afterwards. Must be destroyed on the loop's
// thread, before the loop; may be destroyed by its own callback.
class Pending {
 public:
  virtual ~Pending() = default;
};

// All methods but Post are for the loop's own thread.
class EventLoop {
 public:
  virtual ~EventLoop() = default;

  // Time for deadlines: never goes back, also when the wall clock is set. Compare only with other values of this loop.
  virtual absl::Time Now() const = 0;

  // Calls `callback` once, `delay` from now; at the loop's next turn when `delay` is not positive.
  [[nodiscard]] virtual std::unique_ptr<Pending> After(absl::Duration delay,
                                                       absl::AnyInvocable<void()> callback) = 0;

  // Calls `callback` each time that `fd` is readable or has hung up, until the result is destroyed. `fd` stays the
  // caller's and must outlive the result; the callback must read, or it is called again at once.
  [[nodiscard]] virtual std::unique_ptr<Pending> WatchReadable(
      int fd, absl::AnyInvocable<void()> callback) = 0;

  // Calls `callback` at one of the loop's next turns, in the order of posting. From any thread.
  virtual void Post(absl::AnyInvocable<void()> callback) = 0;
};

}  // namespace mesos_executor

#endif  // SUPERVISOR_EVENT_LOOP_EVENT_LOOP_H_
