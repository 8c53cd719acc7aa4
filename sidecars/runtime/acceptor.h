// Accepts the connections of a listening socket.
#ifndef SIDECARS_RUNTIME_ACCEPTOR_H_
#define SIDECARS_RUNTIME_ACCEPTOR_H_

#include <memory>

#include "absl/functional/any_invocable.h"
#include "supervisor/base/unique_fd.h"
#include "supervisor/event_loop/event_loop.h"

namespace mesos_executor::sidecar {

// Lives on the loop's thread. Out of descriptors, it waits until there are some again.
class Acceptor {
 public:
  // Called with each connection: non-blocking, closed on exec.
  using Accepted = absl::AnyInvocable<void(UniqueFd)>;

  // `listening` is non-blocking, and is closed with the acceptor.
  Acceptor(EventLoop* loop, UniqueFd listening, Accepted accepted);
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

 private:
  void Watch();
  void Accept();

  EventLoop& loop_;
  const UniqueFd listening_;
  Accepted accepted_;
  std::unique_ptr<Pending> pending_;  // The watch, or the pause after a failure.
};

}  // namespace mesos_executor::sidecar

#endif  // SIDECARS_RUNTIME_ACCEPTOR_H_
