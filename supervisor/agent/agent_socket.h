// One connection to the agent, as bytes.
#ifndef SUPERVISOR_AGENT_AGENT_SOCKET_H_
#define SUPERVISOR_AGENT_AGENT_SOCKET_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "supervisor/base/endpoint.h"
#include "supervisor/base/tls_credentials.h"
#include "supervisor/event_loop/asio_event_loop.h"

namespace mesos_executor::agent {

// Lives on the loop's thread. Callbacks come from the loop, never from the call itself, and not
// after destruction, which closes the connection; they may destroy the socket. Errors are
// Unavailable and say what the system said.
class AgentSocket {
 public:
  virtual ~AgentSocket() = default;

  // Connects, once.
  virtual void Connect(absl::AnyInvocable<void(absl::Status)> done) = 0;

  // Sends all of `bytes`. One at a time.
  virtual void Write(std::string bytes, absl::AnyInvocable<void(absl::Status)> done) = 0;

  // Waits for the next bytes, which are valid during the callback; empty at the end of the stream.
  // One at a time.
  virtual void Read(absl::AnyInvocable<void(absl::StatusOr<absl::string_view>)> done) = 0;
};

using AgentSocketFactory = std::function<std::unique_ptr<AgentSocket>()>;

// TCP or a Unix socket. A TCP peer that is gone without a word is noticed within 30 s, also on an
// idle connection (keepalive) and with data under way (TCP_USER_TIMEOUT, tcp(7)). With `tls`,
// connecting includes the handshake, and the files are read anew for each connection, so that a
// certificate may be replaced under a running task.
std::unique_ptr<AgentSocket> NewAgentSocket(AsioEventLoop* loop, const Endpoint& endpoint,
                                            std::optional<TlsSettings> tls = std::nullopt);

}  // namespace mesos_executor::agent

#endif  // SUPERVISOR_AGENT_AGENT_SOCKET_H_
