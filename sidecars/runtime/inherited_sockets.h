// Listening sockets that systemd holds for us (socket activation, sd_listen_fds(3)): connections
// wait in their queues while this process is restarted, and nobody is refused.
#ifndef SIDECARS_RUNTIME_INHERITED_SOCKETS_H_
#define SIDECARS_RUNTIME_INHERITED_SOCKETS_H_

#include <sys/socket.h>

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "supervisor/base/environment.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor::sidecar {

// The names by which our units pass sockets (FileDescriptorName=, systemd.socket(5)): the one that
// supervisors attach at, and the one that takes descriptors of spools.
inline constexpr absl::string_view kLifecycleSocket = "lifecycle";
inline constexpr absl::string_view kDescriptorSocket = "fds";

class InheritedSockets {
 public:
  // None, unless LISTEN_PID is `pid`, our own. They start at `first` (3, but in tests), and are
  // close-on-exec and non-blocking from now on. Call it once, before descriptors are opened.
  // InvalidArgument where LISTEN_FDS makes no sense or LISTEN_FDNAMES doesn't name each, once.
  static absl::StatusOr<InheritedSockets> Take(const Environment& environment, pid_t pid,
                                               int first = 3);

  InheritedSockets() = default;

  // The socket of this name, which is the caller's now; none (an invalid one) where none was
  // passed. FailedPrecondition where it isn't a listening Unix socket of this type.
  absl::StatusOr<UniqueFd> Claim(absl::string_view name, int type = SOCK_STREAM);

  // Names of those that nobody has claimed.
  std::vector<std::string> unclaimed() const;

 private:
  std::map<std::string, UniqueFd, std::less<>> sockets_;
};

}  // namespace mesos_executor::sidecar

#endif  // SIDECARS_RUNTIME_INHERITED_SOCKETS_H_
