// How one sidecar is reached.
#ifndef SUPERVISOR_LIFECYCLE_CONNECTOR_H_
#define SUPERVISOR_LIFECYCLE_CONNECTOR_H_

#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "supervisor/lifecycle/stream.h"

namespace mesos_executor::lifecycle {

enum class Mode {
  // A daemon that serves every supervisor of the host.
  kHost,
  // A process of the supervisor's own.
  kPrivate,
  // Neither is there.
  kAbsent,
};

// Makes the connections to one sidecar, one after the other. All on the loop's thread.
class Connector {
 public:
  virtual ~Connector() = default;

  // A new stream, or why there can be none now. Never blocks. Only after the one before it was
  // destroyed, and its private process has gone.
  virtual absl::StatusOr<std::unique_ptr<Stream>> Connect(Stream::Listener* listener) = 0;

  // The stream of a living task broke: a private process, whose only connection it was, is killed.
  virtual void Disconnected() = 0;

  // Calls `done`, and no longer what was given before, once the private process has gone; at once
  // where there is none.
  virtual void WhenGone(absl::AnyInvocable<void()> done) = 0;
};

}  // namespace mesos_executor::lifecycle

#endif  // SUPERVISOR_LIFECYCLE_CONNECTOR_H_
