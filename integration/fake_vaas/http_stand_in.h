// The sockets of a stand-in: reads questions, hands them to one handler, writes its replies.
#ifndef INTEGRATION_FAKE_VAAS_HTTP_STAND_IN_H_
#define INTEGRATION_FAKE_VAAS_HTTP_STAND_IN_H_

#include <cstdint>
#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "integration/fake_vaas/exchange.h"
#include "supervisor/event_loop/asio_event_loop.h"

namespace mesos_executor::fake_vaas {

// All on the loop's thread.
class HttpStandIn {
 public:
  // May be called at any time, or never: then the connection stays open until its peer closes it.
  // Harmless when it is gone.
  using Answer = absl::AnyInvocable<void(const Reply&)>;
  using Handler = absl::AnyInvocable<void(const Question&, Answer)>;

  // Reserves the port on 127.0.0.1, a free one for 0, and listens. Unavailable: somebody has it.
  static absl::StatusOr<std::unique_ptr<HttpStandIn>> Listen(AsioEventLoop* loop, uint16_t port,
                                                             Handler handler);
  // Closes all connections.
  virtual ~HttpStandIn() = default;

  virtual uint16_t port() const = 0;

  // Nobody listens any more, and open connections break; the port stays ours.
  virtual void Stop() = 0;
  virtual void StartAgain() = 0;
};

}  // namespace mesos_executor::fake_vaas

#endif  // INTEGRATION_FAKE_VAAS_HTTP_STAND_IN_H_
