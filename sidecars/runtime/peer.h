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
  // Calls `dead` once the process has ended, at once where it already has. Null where it cannot be watched. The peer must
  // outlive the result.
  [[nodiscard]] virtual std::unique_ptr<Pending> WatchDeath(EventLoop& loop,
                                                            absl::AnyInvocable<void()> dead) = 0;
};

}  // namespace mesos_executor::sidecar

#endif  // SIDECARS_RUNTIME_PEER_H_
