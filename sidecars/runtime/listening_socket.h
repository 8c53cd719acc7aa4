// Sockets that a host daemon is found at.
#ifndef SIDECARS_RUNTIME_LISTENING_SOCKET_H_
#define SIDECARS_RUNTIME_LISTENING_SOCKET_H_

#include <sys/socket.h>

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "supervisor/base/endpoint.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor::sidecar {

// Listens at `path` (mode 0660, the group `gid` if given), whose folder is made if need be; `type`
// is SOCK_STREAM or SOCK_SEQPACKET. A socket that a dead process left there is replaced, by
// rename(2). FailedPrecondition where a living one listens, or where something else than a socket
// is. The result is non-blocking and close-on-exec.
//
// The socket's file outlives it, and is never absent: supervisors take it as the sign that this
// host has a daemon, which is down (ECONNREFUSED) only until it is started again.
absl::StatusOr<UniqueFd> ListenUnix(const std::string& path, std::optional<gid_t> gid,
                                    int type = SOCK_STREAM);

// The group whose members may connect, for ListenUnix: by its name, or the default one where the
// host has it. InvalidArgument where there is no such group.
absl::StatusOr<std::optional<gid_t>> SocketGroup(const std::optional<std::string>& name);

// Port 0: one of the kernel's choice; SocketName tells which.
absl::StatusOr<UniqueFd> ListenTcp(const TcpEndpoint& endpoint);

// Where a socket was bound, for messages: "unix:/run/x.sock", "127.0.0.1:80". One that replaced a
// stale one was bound beside it: "unix:/run/x.sock.PID".
std::string SocketName(int socket);

}  // namespace mesos_executor::sidecar

#endif  // SIDECARS_RUNTIME_LISTENING_SOCKET_H_
