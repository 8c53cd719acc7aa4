// Where Consul is and which token to use, from the environment that Consul's own tools know.
#ifndef SIDECARS_CONSUL_REGISTRAR_CONSUL_SETTINGS_H_
#define SIDECARS_CONSUL_REGISTRAR_CONSUL_SETTINGS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"

namespace mesos_executor::consul {

struct ConsulSettings {
  // A name or an address, without brackets.
  std::string host = "127.0.0.1";
  uint16_t port = 8500;
  // A secret: never printed. Empty: none.
  std::string token;
};

// The value of a setting, or nullopt where it isn't set.
using SettingLookup = absl::FunctionRef<std::optional<std::string>(const std::string& name)>;

// CONSUL_HTTP_ADDR: `host:port` or `http://host:port`; without a port 80, as Consul's own client
// has it. CONSUL_TOKEN, else CONSUL_HTTP_TOKEN. InvalidArgument, naming the setting: it makes no
// sense, or asks for what this version doesn't do (TLS, Unix sockets, token files, basic
// authentication, namespaces). Better no start than a connection that isn't what was asked for.
absl::StatusOr<ConsulSettings> ReadConsulSettings(SettingLookup lookup);

}  // namespace mesos_executor::consul

#endif  // SIDECARS_CONSUL_REGISTRAR_CONSUL_SETTINGS_H_
