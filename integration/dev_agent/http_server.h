// The agent's HTTP: a server on loopback, with or without TLS, and on a Unix socket, that hands
// each request to one handler, which writes the response's bytes itself.
#ifndef INTEGRATION_DEV_AGENT_HTTP_SERVER_H_
#define INTEGRATION_DEV_AGENT_HTTP_SERVER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "integration/dev_agent/call_check.h"
#include "integration/dev_agent/exchange.h"
#include "supervisor/base/tls_server.h"
#include "supervisor/event_loop/asio_event_loop.h"

namespace mesos_executor::dev_agent {

struct ServerSettings {
  // Besides TCP; empty: none. Never TLS.
  std::string unix_socket;
  // On TCP; without a certificate, plain.
  TlsServerSettings tls;
};

// All on the loop's thread.
class HttpServer {
 public:
  struct Callbacks {
    absl::AnyInvocable<void(RawCall request, std::shared_ptr<Exchange> exchange)> request;
    // A connection was accepted: what is to be done to it, if anything.
    absl::AnyInvocable<std::optional<CutAnswer>()> connection;
  };

  // Listens on 127.0.0.1 and a free port. Errors: InvalidArgument (the settings), or the system's.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Listen(AsioEventLoop* loop,
                                                            const ServerSettings& settings,
                                                            Callbacks callbacks);
  // Closes all connections.
  virtual ~HttpServer() = default;

  virtual uint16_t port() const = 0;

  // Until Thaw(), nothing is handled or sent; with `stop_reading` nothing more is accepted or read
  // either (but for what fills one buffer a connection).
  virtual void Freeze(bool stop_reading) = 0;
  virtual void Thaw() = 0;

  // Ends all connections where they stand and refuses new ones, until ComeBack(), which listens at
  // the same places.
  virtual absl::Status GoAway() = 0;
  virtual absl::Status ComeBack() = 0;
};

}  // namespace mesos_executor::dev_agent

#endif  // INTEGRATION_DEV_AGENT_HTTP_SERVER_H_
