// The agent's HTTP: a server on loopback that hands each request to one handler, which writes the
// response's bytes itself.
#ifndef INTEGRATION_DEV_AGENT_HTTP_SERVER_H_
#define INTEGRATION_DEV_AGENT_HTTP_SERVER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "integration/dev_agent/call_check.h"
#include "supervisor/event_loop/asio_event_loop.h"

namespace mesos_executor::dev_agent {

// A connection that has asked something. All on the loop's thread.
class Exchange {
 public:
  virtual ~Exchange() = default;

  // A whole response. The connection's next request is handled after it.
  virtual void Answer(std::string bytes) = 0;

  // The head of a response that goes on until EndStream; until then no other request of this
  // connection is handled. `on_gone` is called once if the connection breaks first.
  virtual void BeginStream(std::string head, absl::AnyInvocable<void()> on_gone) = 0;
  // Any bytes, in order. Without effect on a broken connection.
  virtual void Write(std::string bytes) = 0;
  // After `last` the connection is free for another request.
  virtual void EndStream(std::string last) = 0;

  // Closes the connection where it stands, with a reset if bytes were under way.
  virtual void Abort() = 0;
};

class HttpServer {
 public:
  using Handler = absl::AnyInvocable<void(RawCall request, std::shared_ptr<Exchange> exchange)>;

  // Listens on 127.0.0.1 and a free port. Errors are the system's.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Listen(AsioEventLoop* loop, Handler handler);
  // Closes all connections. The loop must not run afterwards with anything of this server under
  // way: destroy both together.
  virtual ~HttpServer() = default;

  virtual uint16_t port() const = 0;
};

}  // namespace mesos_executor::dev_agent

#endif  // INTEGRATION_DEV_AGENT_HTTP_SERVER_H_
