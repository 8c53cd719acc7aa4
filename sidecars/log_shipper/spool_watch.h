// Tells when a task has written to a spool.
#ifndef SIDECARS_LOG_SHIPPER_SPOOL_WATCH_H_
#define SIDECARS_LOG_SHIPPER_SPOOL_WATCH_H_

#include <memory>

#include "absl/functional/any_invocable.h"
#include "supervisor/event_loop/event_loop.h"

namespace mesos_executor::log_shipper {

// Lives on the loop's thread.
class SpoolWatch {
 public:
  virtual ~SpoolWatch() = default;

  // Calls `changed` from the loop, soon after the file was written to or truncated, and now and
  // then for nothing, until the result is destroyed. Many writes are one call. `fd` stays the
  // caller's and must outlive the result, as must this.
  [[nodiscard]] virtual std::unique_ptr<Pending> Watch(int fd,
                                                       absl::AnyInvocable<void()> changed) = 0;
};

}  // namespace mesos_executor::log_shipper

#endif  // SIDECARS_LOG_SHIPPER_SPOOL_WATCH_H_
