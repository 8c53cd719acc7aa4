// A connection to a sidecar, as the rest of the package sees it: no gRPC, no sockets.
#ifndef SUPERVISOR_LIFECYCLE_STREAM_H_
#define SUPERVISOR_LIFECYCLE_STREAM_H_

#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "protos/lifecycle/v1/lifecycle.pb.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor::lifecycle {

// One stream of messages. All on the loop's thread. Destroying it drops the connection at once,
// whatever the peer does; the listener hears nothing from then on.
class Stream {
 public:
  // None is called before the function that made the stream has returned. Each may destroy the
  // stream.
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void OnMessage(v1::SidecarMessage message) = 0;
    // Everything that was sent, and the end of it (CloseWrites), is in the kernel.
    virtual void OnFlushed() = 0;
    // Comes last.
    virtual void OnEnded(absl::Status why) = 0;
  };

  virtual ~Stream() = default;

  // Queues a message. False where too much is queued already: the peer doesn't read.
  [[nodiscard]] virtual bool Send(v1::SupervisorMessage message) = 0;

  // There is nothing more to send; the peer's messages still come.
  virtual void CloseWrites() = 0;
};

// Makes a stream of a connected, non-blocking socket.
using StreamOpener =
    absl::AnyInvocable<std::unique_ptr<Stream>(UniqueFd socket, Stream::Listener* listener)>;

}  // namespace mesos_executor::lifecycle

#endif  // SUPERVISOR_LIFECYCLE_STREAM_H_
