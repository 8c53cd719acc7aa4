// What a sidecar's main() calls.
#ifndef SIDECARS_RUNTIME_MAIN_H_
#define SIDECARS_RUNTIME_MAIN_H_

#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "sidecars/runtime/handler.h"
#include "sidecars/runtime/inherited_sockets.h"
#include "sidecars/runtime/metrics.h"
#include "sidecars/runtime/options.h"
#include "sidecars/runtime/settings.h"
#include "supervisor/event_loop/asio_event_loop.h"

namespace mesos_executor::sidecar {

// What a sidecar's own logic is made of. Settings and options don't outlive its making; the rest
// outlives it.
struct HandlerParts {
  AsioEventLoop* loop;
  Memory* memory;
  Metrics* metrics;
  // A handler that listens itself claims its socket here first.
  InheritedSockets* sockets;
  const Settings& settings;
  const Options& options;
};

// Makes the sidecar's own logic, on the loop's thread, before anything is served. An error, such as
// a setting that makes no sense, is shown and ends the process.
using HandlerFactory =
    absl::AnyInvocable<absl::StatusOr<std::unique_ptr<Handler>>(const HandlerParts& parts)>;

// Serves until SIGTERM or SIGINT, or with --private until its supervisor is gone, and returns the
// exit code: 0; 1 for what stands in the way of serving; 2 for a wrong command line. Logs to
// stderr. Call it once, before any thread is started.
int SidecarMain(int argc, char** argv, const SidecarInfo& info, HandlerFactory factory);

}  // namespace mesos_executor::sidecar

#endif  // SIDECARS_RUNTIME_MAIN_H_
