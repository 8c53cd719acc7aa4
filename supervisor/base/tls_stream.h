// TLS on a connected socket.
#ifndef SUPERVISOR_BASE_TLS_STREAM_H_
#define SUPERVISOR_BASE_TLS_STREAM_H_

#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "supervisor/base/byte_stream.h"
#include "supervisor/base/openssl.h"
#include "supervisor/base/unique_fd.h"
#include "supervisor/event_loop/asio_event_loop.h"

namespace mesos_executor {

// Does the handshake for one side of the connection, as TlsCredentials::NewSession or
// TlsServer::NewSession prepares it, and hands over the stream. Calls `done` once, never before
// this returns, on the loop's thread. Destroying the result cancels: `done` is then never called,
// and the socket is closed. There is no deadline: cancel. `socket` is as Connect() gives it.
//
// Errors are Unavailable: the connection ended or broke, the peer doesn't speak TLS, or one side
// doesn't believe the other; the message says which. The stream treats an end without TLS's own
// farewell (close_notify) as an error, as anyone on the way can feign it. Destroying the stream
// says that farewell.
[[nodiscard]] std::unique_ptr<Pending> StartTls(
    AsioEventLoop* loop, UniqueFd socket, SslPtr session,
    absl::AnyInvocable<void(absl::StatusOr<std::unique_ptr<ByteStream>>)> done);

}  // namespace mesos_executor

#endif  // SUPERVISOR_BASE_TLS_STREAM_H_
