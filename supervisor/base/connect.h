// Connects a stream socket, TCP or Unix, without blocking.
#ifndef SUPERVISOR_BASE_CONNECT_H_
#define SUPERVISOR_BASE_CONNECT_H_

#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "supervisor/base/endpoint.h"
#include "supervisor/base/unique_fd.h"
#include "supervisor/event_loop/asio_event_loop.h"

namespace mesos_executor {

// Calls `done` once, never before Connect returns, on the loop's thread. Destroying the result
// cancels: `done` is then never called. The socket is non-blocking and close-on-exec. There is no
// deadline but the kernel's: cancel. Errors: InvalidArgument (the endpoint), Unavailable (no
// connection). Messages don't name the endpoint.
[[nodiscard]] std::unique_ptr<Pending> Connect(
    AsioEventLoop* loop, const Endpoint& endpoint,
    absl::AnyInvocable<void(absl::StatusOr<UniqueFd>)> done);

}  // namespace mesos_executor

#endif  // SUPERVISOR_BASE_CONNECT_H_
