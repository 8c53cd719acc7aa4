// Where VaaS is and how to be let in, from the seed's environment variables.
#ifndef SIDECARS_VAAS_REGISTRAR_VAAS_SETTINGS_H_
#define SIDECARS_VAAS_REGISTRAR_VAAS_SETTINGS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "sidecars/vaas_registrar/vaas_requests.h"

namespace mesos_executor::vaas {

struct VaasSettings {
  bool tls = false;
  // A name or an address, without brackets.
  std::string host;
  uint16_t port = 80;
  // Who may have signed VaaS' certificate; empty: those that the system believes.
  std::string ca_file;
  // Secrets: never printed.
  std::string username;
  std::string token;
  absl::Duration async_timeout = absl::Seconds(90);
  BackendTimeouts timeouts;
};

// The value of a setting, or nullopt where it isn't set. An empty one counts as not set.
using SettingLookup = absl::FunctionRef<std::optional<std::string>(const std::string& name)>;

// VAAS_HOST: `http://host`, `https://host:port`, or without a scheme, which means http.
// VAAS_USERNAME and VAAS_TOKEN. VAAS_ASYNC_TIMEOUT: a duration, at most 1 h. Ours: VAAS_CACERT, a
// file, with https only; VAAS_CONNECT_TIMEOUT, VAAS_FIRST_BYTE_TIMEOUT and
// VAAS_BETWEEN_BYTES_TIMEOUT, durations from 10 ms to below 100 s, as VaaS takes them.
// InvalidArgument, naming the setting and holding no secret: one is missing or makes no sense.
absl::StatusOr<VaasSettings> ReadVaasSettings(SettingLookup lookup);

}  // namespace mesos_executor::vaas

#endif  // SIDECARS_VAAS_REGISTRAR_VAAS_SETTINGS_H_
