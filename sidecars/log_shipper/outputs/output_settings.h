// Where entries go and how, from the environment variables that the Go executor knew.
#ifndef SIDECARS_LOG_SHIPPER_OUTPUTS_OUTPUT_SETTINGS_H_
#define SIDECARS_LOG_SHIPPER_OUTPUTS_OUTPUT_SETTINGS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "sidecars/consul_registrar/consul_settings.h"
#include "sidecars/log_shipper/outputs/receiver.h"
#include "sidecars/runtime/settings.h"
#include "supervisor/base/tls_credentials.h"

namespace mesos_executor::log_shipper {

// What one IPv4 datagram can hold (RFC 768, RFC 791).
inline constexpr size_t kMaxDatagram = 65'507;

struct OutputSettings {
  enum class Protocol {
    kTcp,
    kUdp,
    // For trying it: appended to a file, or written to our stdout.
    kFile,
    kStdout,
  };

  Protocol protocol = Protocol::kTcp;
  // The first is used until it fails, then the next. With a service, they stand in until Consul has
  // named its instances.
  std::vector<Receiver> receivers;
  std::string file;

  // A service in Consul; empty: none.
  std::string discovery_service;
  absl::Duration discovery_refresh = absl::Seconds(1);
  // Where Consul is; read with a service only.
  consul::ConsulSettings consul;

  // For connecting, TLS included.
  absl::Duration tcp_timeout = absl::Seconds(2);
  // Between probes of an idle connection; zero: none.
  absl::Duration tcp_keep_alive = absl::Seconds(5);
  std::optional<TlsSettings> tls;

  // Datagrams a second: a receiver's buffer that overflows loses them without a word.
  uint32_t udp_rate = 10'000;

  // For each task, how many lines a second are read; the others wait in their spool. Zero: no
  // limit.
  uint32_t rate_limit = 0;
  // Longer entries are dropped and counted, their newline not included. Zero: no limit.
  size_t size_limit = 0;

  // The longest entry that this output takes.
  size_t max_entry() const {
    const size_t limit = size_limit == 0 ? SIZE_MAX : size_limit;
    // The newline is sent, too.
    return protocol == Protocol::kUdp ? std::min(limit, kMaxDatagram - 1) : limit;
  }

  // Settings that were understood and change nothing, for the log.
  std::vector<std::string> notes;
};

// InvalidArgument names the variable, and says what it should be. Files of TLS are read later.
absl::StatusOr<OutputSettings> ReadOutputSettings(const sidecar::Settings& settings);

// The same variables for --help, one a line.
extern const char kOutputSettingsHelp[];

}  // namespace mesos_executor::log_shipper

#endif  // SIDECARS_LOG_SHIPPER_OUTPUTS_OUTPUT_SETTINGS_H_
