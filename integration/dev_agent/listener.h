// A listening socket that can go away and come back, as an agent's does when it restarts.
#ifndef INTEGRATION_DEV_AGENT_LISTENER_H_
#define INTEGRATION_DEV_AGENT_LISTENER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "supervisor/base/unique_fd.h"
#include "supervisor/event_loop/event_loop.h"

namespace mesos_executor::dev_agent {

// Lives on the loop's thread. Errors are the system's.
class Listener {
 public:
  // Gets each connection, non-blocking.
  using Accepted = absl::AnyInvocable<void(UniqueFd)>;

  // On 127.0.0.1 and a free port.
  static absl::StatusOr<std::unique_ptr<Listener>> OnLoopback(EventLoop* loop, Accepted accepted);
  // On a Unix socket that anybody may use, as Mesos makes it; a file that is there is replaced.
  // Destruction removes it. InvalidArgument: a path of more than 107 bytes (unix(7)).
  static absl::StatusOr<std::unique_ptr<Listener>> OnUnixSocket(EventLoop* loop, std::string path,
                                                                Accepted accepted);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // Of a TCP socket.
  uint16_t port() const { return port_; }

  // New connections are refused. The port stays ours; so does the file of a Unix socket.
  absl::Status Refuse();
  // Takes connections again, at the same place.
  absl::Status Listen();

  // Connections wait in the kernel until Resume().
  void Pause() { watch_.reset(); }
  void Resume();

 private:
  Listener(EventLoop* loop, std::string path, Accepted accepted)
      : loop_(loop), path_(std::move(path)), accepted_(std::move(accepted)) {}

  // A socket that is bound but doesn't listen yet: connections to it are refused.
  absl::StatusOr<UniqueFd> Bind();
  void Accept();

  EventLoop* const loop_;
  // Empty: TCP.
  const std::string path_;
  Accepted accepted_;
  uint16_t port_ = 0;
  UniqueFd socket_;
  bool listening_ = false;
  std::unique_ptr<Pending> watch_;
};

}  // namespace mesos_executor::dev_agent

#endif  // INTEGRATION_DEV_AGENT_LISTENER_H_
