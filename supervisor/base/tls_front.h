// Gives TLS to a server that has none: for the development agent and for tests.
#ifndef SUPERVISOR_BASE_TLS_FRONT_H_
#define SUPERVISOR_BASE_TLS_FRONT_H_

#include <cstdint>
#include <list>
#include <memory>

#include "absl/status/statusor.h"
#include "supervisor/base/endpoint.h"
#include "supervisor/base/tls_server.h"
#include "supervisor/base/unique_fd.h"
#include "supervisor/event_loop/asio_event_loop.h"

namespace mesos_executor {

// Listens on 127.0.0.1 and a free port, and makes of each TLS connection a plain one to the server
// behind it: bytes go both ways, and the end of one connection is the end of the other. Clients
// that fail the handshake are dropped without a word to the server. Lives on the loop's thread;
// destruction closes all connections.
class TlsFront {
 public:
  // Errors: InvalidArgument (settings), or the system's.
  static absl::StatusOr<std::unique_ptr<TlsFront>> Listen(AsioEventLoop* loop,
                                                          const TlsServerSettings& settings,
                                                          Endpoint server);
  TlsFront(const TlsFront&) = delete;
  TlsFront& operator=(const TlsFront&) = delete;
  ~TlsFront();

  uint16_t port() const { return port_; }
  Endpoint endpoint() const { return TcpEndpoint{"127.0.0.1", port_}; }

  // Connections accepted so far, and those of them that are open.
  int accepted() const { return accepted_; }
  size_t open() const { return connections_.size(); }

 private:
  class Connection;

  TlsFront(AsioEventLoop* loop, std::unique_ptr<TlsServer> tls, Endpoint server, UniqueFd listener,
           uint16_t port);
  void Accept();

  AsioEventLoop* const loop_;
  const std::unique_ptr<TlsServer> tls_;
  const Endpoint server_;
  const UniqueFd listener_;
  const uint16_t port_;
  std::unique_ptr<Pending> watch_;
  std::list<std::unique_ptr<Connection>> connections_;
  int accepted_ = 0;
};

}  // namespace mesos_executor

#endif  // SUPERVISOR_BASE_TLS_FRONT_H_
