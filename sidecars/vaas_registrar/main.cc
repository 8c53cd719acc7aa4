// vaas-registrar: adds healthy tasks to the directors of VaaS, and removes them before they end.
#include "sidecars/runtime/main.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/random/random.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "sidecars/runtime/resolver.h"
#include "sidecars/runtime/route.h"
#include "sidecars/vaas_registrar/client.h"
#include "sidecars/vaas_registrar/registrar.h"
#include "sidecars/vaas_registrar/vaas_settings.h"
#include "supervisor/base/http_client.h"
#include "supervisor/base/tls_credentials.h"

namespace mesos_executor::vaas {
namespace {

constexpr char kSettingsHelp[] =
    "  VAAS_HOST           VaaS: http://host:port or https://host:port\n"
    "  VAAS_USERNAME, VAAS_TOKEN  who we are there\n"
    "  VAAS_ASYNC_TIMEOUT  how long a change may take to come into Varnish (90s)\n"
    "  VAAS_CONNECT_TIMEOUT, VAAS_FIRST_BYTE_TIMEOUT, VAAS_BETWEEN_BYTES_TIMEOUT\n"
    "                      how long Varnish waits for a task, such as 300ms (VaaS' defaults); the\n"
    "                      newest VaaS wants the first of them\n"
    "  VAAS_CACERT         who signed its certificate, as a file (those that the system believes)\n"
    "A task's own: CLOUD_DC, VAAS_HOOK_ENABLED (true), VAAS_INITIAL_WEIGHT.\n";

absl::StatusOr<std::unique_ptr<sidecar::Handler>> MakeRegistrar(
    const sidecar::HandlerParts& parts) {
  const auto settings =
      ReadVaasSettings([&parts](const std::string& name) { return parts.settings.Get(name); });
  if (!settings.ok()) return settings.status();
  VaasServer server{.route = std::make_unique<sidecar::Route>(settings->host, settings->port,
                                                              sidecar::NewResolver(parts.loop)),
                    .tls = nullptr,
                    .username = settings->username,
                    .key = settings->token,
                    .timeouts = settings->timeouts};
  if (settings->tls) {
    auto tls = TlsCredentials::Create({.ca_file = settings->ca_file,
                                       .ca_dir = "",
                                       .certificate_file = "",
                                       .key_file = "",
                                       .server_name = settings->host});
    if (!tls.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("VAAS_CACERT: ", tls.status().message()));
    }
    server.tls = *std::move(tls);
  }
  return std::make_unique<Registrar>(Registrar::Parts{
      .loop = parts.loop,
      .client = std::make_unique<Client>(parts.loop, std::move(server), NewHttpClient(parts.loop)),
      .memory = parts.memory,
      .metrics = parts.metrics,
      .random = [bits = absl::BitGen()]() mutable { return absl::Uniform(bits, 0.0, 1.0); },
      .async_timeout = settings->async_timeout});
}

}  // namespace
}  // namespace mesos_executor::vaas

int main(int argc, char** argv) {
  return mesos_executor::sidecar::SidecarMain(
      argc, argv,
      {"vaas-registrar",
       "Adds tasks that have the label `director` to VaaS while they are healthy.",
       mesos_executor::vaas::kSettingsHelp},
      mesos_executor::vaas::MakeRegistrar);
}
