// Where Consul is and how to be let in, from the environment that Consul's own tools know.
#ifndef SIDECARS_CONSUL_REGISTRAR_CONSUL_SETTINGS_H_
#define SIDECARS_CONSUL_REGISTRAR_CONSUL_SETTINGS_H_

#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "sidecars/consul_registrar/consul_address.h"
#include "supervisor/base/tls_credentials.h"

namespace mesos_executor::consul {

struct ConsulSettings {
  ConsulAddress address;
  // Used where address.tls is set.
  TlsSettings tls;
  // A secret: never printed. Empty: none.
  std::string token;
  // The file that holds the token; empty: `token` is it.
  std::string token_file;
  // "user:password", a secret. Empty: none.
  std::string basic_auth;
  // Consul Enterprise's; empty: none.
  std::string name_space;
  // How long a service whose task, executor and sidecar are gone together stays critical before
  // Consul removes it. Zero: for ever.
  absl::Duration deregister_critical_after = absl::Minutes(15);
};

// The value of a setting, or nullopt where it isn't set. An empty one counts as not set.
using SettingLookup = absl::FunctionRef<std::optional<std::string>(const std::string& name)>;

// As Consul's own client reads them (api.DefaultConfig), where nothing else is said:
//
//  - CONSUL_HTTP_ADDR: see consul_address.h. CONSUL_HTTP_SSL=true makes it https.
//
//  - CONSUL_CACERT, CONSUL_CAPATH, CONSUL_CLIENT_CERT, CONSUL_CLIENT_KEY, CONSUL_TLS_SERVER_NAME,
//    CONSUL_HTTP_SSL_VERIFY: with TLS only.
//
//  - The token: CONSUL_TOKEN (the seed's), else CONSUL_HTTP_TOKEN_FILE, else CONSUL_HTTP_TOKEN.
//
//  - CONSUL_HTTP_AUTH, CONSUL_NAMESPACE.
//
//  - CONSUL_DEREGISTER_CRITICAL_AFTER: ours. Less than Consul's least, a minute, is taken as a
//    minute, with a warning in the log; "0" and "off" switch it off.
//
// InvalidArgument, naming the setting and holding no secret: better no start than a connection that
// isn't what was asked for.
absl::StatusOr<ConsulSettings> ReadConsulSettings(SettingLookup lookup);

}  // namespace mesos_executor::consul

#endif  // SIDECARS_CONSUL_REGISTRAR_CONSUL_SETTINGS_H_
