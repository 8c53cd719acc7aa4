// consul-registrar: registers healthy tasks in Consul, and removes them before they end.
#include "sidecars/runtime/main.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/random/random.h"
#include "absl/status/statusor.h"
#include "sidecars/consul_registrar/client.h"
#include "sidecars/consul_registrar/consul_settings.h"
#include "sidecars/consul_registrar/registrar.h"
#include "sidecars/runtime/resolver.h"
#include "supervisor/base/http_client.h"

namespace mesos_executor::consul {
namespace {

constexpr char kSettingsHelp[] =
    "  CONSUL_HTTP_ADDR   the Consul agent: host:port or http://host:port (127.0.0.1:8500)\n"
    "  CONSUL_TOKEN       the token for it, else CONSUL_HTTP_TOKEN (none)\n"
    "A task's own: CONSUL_HOOK_ENABLED (true), CONSUL_GLOBAL_TAG (marathon), "
    "INITIAL_HEALTH_CHECK_STATUS (passing).\n";

absl::StatusOr<std::unique_ptr<sidecar::Handler>> MakeRegistrar(
    const sidecar::HandlerParts& parts) {
  auto consul =
      ReadConsulSettings([&parts](const std::string& name) { return parts.settings.Get(name); });
  if (!consul.ok()) return consul.status();
  auto client = std::make_unique<Client>(*std::move(consul), NewHttpClient(parts.loop),
                                         sidecar::NewResolver(parts.loop));
  return std::make_unique<Registrar>(
      parts.loop, std::move(client), parts.memory,
      [bits = absl::BitGen()]() mutable { return absl::Uniform(bits, 0.0, 1.0); });
}

}  // namespace
}  // namespace mesos_executor::consul

int main(int argc, char** argv) {
  return mesos_executor::sidecar::SidecarMain(
      argc, argv,
      {"consul-registrar",
       "Registers tasks that have the label `consul` in Consul while they are healthy.",
       mesos_executor::consul::kSettingsHelp},
      mesos_executor::consul::MakeRegistrar);
}
