// Listens where the process before still does, as a take-over has to.
#ifndef SIDECARS_RUNTIME_AWAIT_SOCKET_H_
#define SIDECARS_RUNTIME_AWAIT_SOCKET_H_

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor::sidecar {

// Enough for who has let go of its journal: it has only to exit.
inline constexpr absl::Duration kExitTime = absl::Seconds(10);

// Calls `listen` until it gives something else than FailedPrecondition (see ListenUnix), for at
// most so long, and gives that. A process that was killed may have let go of its journal already,
// and of its sockets not yet: the kernel closes one after the other. Signals wait meanwhile.
absl::StatusOr<UniqueFd> AwaitSocket(absl::FunctionRef<absl::StatusOr<UniqueFd>()> listen,
                                     absl::Duration at_most);

}  // namespace mesos_executor::sidecar

#endif  // SIDECARS_RUNTIME_AWAIT_SOCKET_H_
