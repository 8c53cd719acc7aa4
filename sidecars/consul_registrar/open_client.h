// The client that the settings ask for, on real sockets.
#ifndef SIDECARS_CONSUL_REGISTRAR_OPEN_CLIENT_H_
#define SIDECARS_CONSUL_REGISTRAR_OPEN_CLIENT_H_

#include <memory>

#include "absl/status/statusor.h"
#include "sidecars/consul_registrar/client.h"
#include "sidecars/consul_registrar/consul_settings.h"
#include "sidecars/runtime/metrics.h"
#include "supervisor/event_loop/asio_event_loop.h"

namespace mesos_executor::consul {

// Loop and metrics outlive it. Nothing is connected yet; InvalidArgument: a file that the settings
// name is bad.
absl::StatusOr<std::unique_ptr<Client>> OpenClient(const ConsulSettings& settings,
                                                   AsioEventLoop* loop, sidecar::Metrics* metrics);

}  // namespace mesos_executor::consul

#endif  // SIDECARS_CONSUL_REGISTRAR_OPEN_CLIENT_H_
