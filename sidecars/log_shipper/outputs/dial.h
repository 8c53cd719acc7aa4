// Reaches a receiver over TCP: its name, its addresses one after the other, TLS where asked for.
#ifndef SIDECARS_LOG_SHIPPER_OUTPUTS_DIAL_H_
#define SIDECARS_LOG_SHIPPER_OUTPUTS_DIAL_H_

#include <memory>
#include <optional>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "sidecars/log_shipper/outputs/receiver.h"
#include "sidecars/runtime/resolver.h"
#include "supervisor/base/byte_stream.h"
#include "supervisor/base/tls_credentials.h"
#include "supervisor/event_loop/asio_event_loop.h"

namespace mesos_executor::log_shipper {

struct DialOptions {
  // For resolving, and for each address.
  absl::Duration timeout = absl::Seconds(2);
  // Between probes of an idle connection, three of which go unanswered before it is broken
  // (tcp(7)); zero: no probes.
  absl::Duration keep_alive = absl::Seconds(5);
  // The files are read at each dial, so that new ones count. Without a server name the receiver's
  // host is expected.
  std::optional<TlsSettings> tls;
};

struct Dialed {
  std::unique_ptr<ByteStream> stream;
  // The stream's own socket, for looks only.
  int socket = -1;
};

// Lives on the loop's thread; `resolver` must outlive the result. Calls `done` once, never before
// this returns. Destroying the result cancels. Errors say why the last address
// couldn't be reached: Unavailable, DeadlineExceeded, InvalidArgument (TLS's files).
[[nodiscard]] std::unique_ptr<Pending> Dial(AsioEventLoop* loop, sidecar::Resolver* resolver,
                                            const Receiver& receiver, const DialOptions& options,
                                            absl::AnyInvocable<void(absl::StatusOr<Dialed>)> done);

}  // namespace mesos_executor::log_shipper

#endif  // SIDECARS_LOG_SHIPPER_OUTPUTS_DIAL_H_
