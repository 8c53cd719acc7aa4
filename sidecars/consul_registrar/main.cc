// consul-registrar: registers healthy tasks in Consul, and removes them before they end.
#include "sidecars/runtime/main.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/random/random.h"
#include "absl/status/statusor.h"
#include "sidecars/consul_registrar/consul_settings.h"
#include "sidecars/consul_registrar/open_client.h"
#include "sidecars/consul_registrar/registrar.h"

namespace mesos_executor::consul {
namespace {

constexpr char kSettingsHelp[] =
    "  CONSUL_HTTP_ADDR   the Consul agent: host:port, http(s)://host:port or unix:///path\n"
    "                     (127.0.0.1:8500)\n"
    "  CONSUL_HTTP_SSL    true: https\n"
    "  CONSUL_HTTP_SSL_VERIFY   false: any certificate will do\n"
    "  CONSUL_CACERT, CONSUL_CAPATH   a file, a folder: whose certificates are believed\n"
    "  CONSUL_CLIENT_CERT, CONSUL_CLIENT_KEY   our own certificate and its key\n"
    "  CONSUL_TLS_SERVER_NAME   the name in Consul's certificate (the address's own)\n"
    "  CONSUL_TOKEN       the token, else CONSUL_HTTP_TOKEN_FILE (read again when it changes),\n"
    "                     else CONSUL_HTTP_TOKEN (none)\n"
    "  CONSUL_HTTP_AUTH   user:password, for a proxy before Consul (none)\n"
    "  CONSUL_NAMESPACE   of Consul Enterprise (none)\n"
    "  CONSUL_DEREGISTER_CRITICAL_AFTER   how long Consul keeps a critical service, 1m at least,\n"
    "                     or off (15m)\n"
    "A task's own: CONSUL_HOOK_ENABLED (true), CONSUL_GLOBAL_TAG (marathon), "
    "INITIAL_HEALTH_CHECK_STATUS (passing).\n"
    "Each is looked for as ALLEGRO_EXECUTOR_<name> first, which wins.\n";

absl::StatusOr<std::unique_ptr<sidecar::Handler>> MakeRegistrar(
    const sidecar::HandlerParts& parts) {
  const auto consul =
      ReadConsulSettings([&parts](const std::string& name) { return parts.settings.Get(name); });
  if (!consul.ok()) return consul.status();
  auto client = OpenClient(*consul, parts.loop, parts.metrics);
  if (!client.ok()) return client.status();
  return std::make_unique<Registrar>(
      Registrar::Parts{.loop = parts.loop,
                       .client = *std::move(client),
                       .memory = parts.memory,
                       .metrics = parts.metrics,
                       .random = [] { return absl::Uniform(absl::BitGen(), 0.0, 1.0); },
                       .deregister_critical_after = consul->deregister_critical_after});
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
