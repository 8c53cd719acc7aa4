// The peer of a Unix socket, as the kernel knows it: nothing that the peer says of itself is
// believed.
#ifndef SIDECARS_RUNTIME_SOCKET_PEER_H_
#define SIDECARS_RUNTIME_SOCKET_PEER_H_

#include "absl/status/statusor.h"
#include "sidecars/runtime/peer.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor::sidecar {

class SocketPeer final : public Peer {
 public:
  // The process that connected `socket`, or made the socketpair (SO_PEERCRED, unix(7)).
  static absl::StatusOr<std::shared_ptr<SocketPeer>> Of(int socket);

  // PermissionDenied for peers whose process or user this namespace has no name for: pid 0 is of a
  // foreign PID namespace (pid_namespaces(7)), and of the users that a user namespace does not map
  // all are shown as one (user_namespaces(7)).
  absl::Status CheckKnown() const;

  uid_t uid() const override { return uid_; }
  std::unique_ptr<Pending> WatchDeath(EventLoop& loop, absl::AnyInvocable<void()> dead) override;

 private:
  SocketPeer(pid_t pid, uid_t uid, UniqueFd pidfd)
      : pid_(pid), uid_(uid), pidfd_(std::move(pidfd)) {}

  const pid_t pid_;
  const uid_t uid_;
  const UniqueFd pidfd_;  // None where the kernel gave none.
};

// The rule of CheckKnown. `all_mapped`: our user namespace maps every user, so that `overflow_uid`
// is a user like any other.
absl::Status CheckPeer(pid_t pid, uid_t uid, bool all_mapped, uid_t overflow_uid);

}  // namespace mesos_executor::sidecar

#endif  // SIDECARS_RUNTIME_SOCKET_PEER_H_
