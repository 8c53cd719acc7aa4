#include "sidecars/consul_registrar/open_client.h"

#include <utility>

#include "sidecars/consul_registrar/credentials.h"
#include "sidecars/runtime/resolver.h"
#include "sidecars/runtime/route.h"
#include "supervisor/base/http_client.h"

namespace mesos_executor::consul {
namespace {

std::unique_ptr<sidecar::Route> NewRoute(const ConsulAddress& address, AsioEventLoop* loop) {
  if (!address.socket.empty()) {
    return std::make_unique<sidecar::Route>(UnixEndpoint{address.socket});
  }
  return std::make_unique<sidecar::Route>(address.host, address.port, sidecar::NewResolver(loop));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Client>> OpenClient(const ConsulSettings& settings,
                                                   AsioEventLoop* loop, sidecar::Metrics* metrics) {
  auto credentials = Credentials::Create(settings);
  if (!credentials.ok()) return credentials.status();
  return std::make_unique<Client>(loop, NewRoute(settings.address, loop), *std::move(credentials),
                                  NewHttpClient(loop), settings.name_space, metrics);
}

}  // namespace mesos_executor::consul
