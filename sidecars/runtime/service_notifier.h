// Tells systemd how we are (sd_notify(3)): Type=notify and WatchdogSec= of a unit.
#ifndef SIDECARS_RUNTIME_SERVICE_NOTIFIER_H_
#define SIDECARS_RUNTIME_SERVICE_NOTIFIER_H_

#include <sys/types.h>

#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "supervisor/base/environment.h"
#include "supervisor/base/unique_fd.h"
#include "supervisor/event_loop/event_loop.h"

namespace mesos_executor::sidecar {

// Lives on the loop's thread. Says nothing where nobody listens (no NOTIFY_SOCKET); never blocks,
// and what cannot be told is logged and lost.
class ServiceNotifier {
 public:
  // `pid` is our own: WATCHDOG_USEC may be meant for another process.
  ServiceNotifier(EventLoop* loop, const Environment& environment, pid_t pid);

  // We serve. From now on the watchdog hears of us, twice in its time, as long as the loop turns.
  void Ready(absl::string_view status);
  // A line for `systemctl status`.
  void Status(absl::string_view status);
  // We end, and take no more work.
  void Stopping();

 private:
  void Send(const std::string& message);
  void FeedWatchdog();

  EventLoop& loop_;
  const std::string address_;
  absl::Duration watchdog_;  // Zero: there is none.
  UniqueFd socket_;
  std::unique_ptr<Pending> timer_;
};

}  // namespace mesos_executor::sidecar

#endif  // SIDECARS_RUNTIME_SERVICE_NOTIFIER_H_
