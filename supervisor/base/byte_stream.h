// A connected stream socket as bytes, whether they cross the network plain or by TLS.
#ifndef SUPERVISOR_BASE_BYTE_STREAM_H_
#define SUPERVISOR_BASE_BYTE_STREAM_H_

#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "supervisor/base/unique_fd.h"
#include "supervisor/event_loop/asio_event_loop.h"

namespace mesos_executor {

// Lives on the loop's thread. Callbacks come from the loop, never from the call itself, and not
// after destruction, which closes the connection; they may destroy the stream. Errors are
// Unavailable and say what the system said, and no more.
class ByteStream {
 public:
  virtual ~ByteStream() = default;

  // Sends all of `bytes`. One at a time.
  virtual void Write(std::string bytes, absl::AnyInvocable<void(absl::Status)> done) = 0;

  // Waits for the next bytes, which are valid during the callback; empty at the end of the stream.
  // One at a time.
  virtual void Read(absl::AnyInvocable<void(absl::StatusOr<absl::string_view>)> done) = 0;
};

// Plain bytes. `socket` is as Connect() gives it: connected and non-blocking. For TLS, see
// tls_stream.h.
absl::StatusOr<std::unique_ptr<ByteStream>> NewByteStream(AsioEventLoop* loop, UniqueFd socket);

}  // namespace mesos_executor

#endif  // SUPERVISOR_BASE_BYTE_STREAM_H_
