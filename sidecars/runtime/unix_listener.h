// The socket at which a host daemon is found.
#ifndef SIDECARS_RUNTIME_UNIX_LISTENER_H_
#define SIDECARS_RUNTIME_UNIX_LISTENER_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "supervisor/base/unique_fd.h"
#include "supervisor/event_loop/event_loop.h"

namespace mesos_executor::sidecar {

// Lives on the loop's thread. The socket's file outlives it: supervisors take it as the sign that
// this host has a daemon, which is down (ECONNREFUSED) only until it is started again.
class UnixListener {
 public:
  // Called with each connection: non-blocking, closed on exec.
  using Accepted = absl::AnyInvocable<void(UniqueFd)>;

  // Listens at `path` (mode 0660, the group `gid` if given), whose folder is made if need be. A
  // socket that a dead process left there is replaced. FailedPrecondition where a living one
  // listens, or where something else than a socket is.
  static absl::StatusOr<std::unique_ptr<UnixListener>> Listen(EventLoop* loop,
                                                              const std::string& path,
                                                              std::optional<gid_t> gid,
                                                              Accepted accepted);

  UnixListener(const UnixListener&) = delete;
  UnixListener& operator=(const UnixListener&) = delete;

 private:
  UnixListener(EventLoop* loop, std::string path, UniqueFd socket, Accepted accepted);

  void Watch();
  void Accept();

  EventLoop& loop_;
  const std::string path_;
  const UniqueFd socket_;
  Accepted accepted_;
  std::unique_ptr<Pending> pending_;  // The watch, or the pause after a failure.
};

}  // namespace mesos_executor::sidecar

#endif  // SIDECARS_RUNTIME_UNIX_LISTENER_H_
