// A sidecar's two ways to live: one for all supervisors of a host, or one that a supervisor started
// for itself.
#ifndef SIDECARS_RUNTIME_SERVE_H_
#define SIDECARS_RUNTIME_SERVE_H_

#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "sidecars/runtime/handler.h"
#include "sidecars/runtime/inherited_sockets.h"
#include "sidecars/runtime/metrics.h"
#include "sidecars/runtime/options.h"
#include "sidecars/runtime/service_notifier.h"
#include "supervisor/event_loop/asio_event_loop.h"

namespace mesos_executor::sidecar {

using MakeHandler = absl::FunctionRef<absl::StatusOr<std::unique_ptr<Handler>>(Memory*)>;

// What a host daemon is made of. All outlives the call.
struct HostParts {
  AsioEventLoop* loop;
  const std::string& name;
  const Options& options;
  InheritedSockets* sockets;
  Metrics* metrics;
  ServiceNotifier* notifier;
};

// Runs the loop until SIGTERM or SIGINT. What was done for tasks stays: they live, and the journal
// tells the next process of them, which may wait for it already (--take-over, or a socket that
// systemd holds). An error: why it could not serve.
absl::Status ServeHost(const HostParts& parts, MakeHandler make_handler);

// Runs the loop until the supervisor has left, or is dead, or nothing has attached for half a
// minute, or SIGTERM or SIGINT; then has undone what was not, for at most 10 s. An error: why it
// could not serve. Nothing is remembered on disk: a new process learns all from the supervisor's
// state.
absl::Status ServePrivate(AsioEventLoop* loop, const std::string& name, const Options& options,
                          MakeHandler make_handler);

}  // namespace mesos_executor::sidecar

#endif  // SIDECARS_RUNTIME_SERVE_H_
