// The process at the other end of a connection: whose it is, and whether it lives.
#ifndef SIDECARS_RUNTIME_PEER_H_
#define SIDECARS_RUNTIME_PEER_H_

#include <sys/types.h>

#include <memory>

#include "absl/functional/any_invocable.h"
#include "supervisor/event_loop/event_loop.h"

namespace mesos_executor::sidecar {

class Peer {
 public:
  virtual ~Peer() = default;
  virtual uid_t uid() const = 0;
  // Calls `dead` as soon as the process has ended, and again until the result is destroyed. Null
  // where it cannot be watched.
  [[nodiscard]] virtual std::unique_ptr<Pending> WatchDeath(EventLoop& loop,
                                                            absl::AnyInvocable<void()> dead) = 0;
};

}  // namespace mesos_executor::sidecar

#endif  // SIDECARS_RUNTIME_PEER_H_
