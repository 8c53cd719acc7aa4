// Where the Consul agent listens, as CONSUL_HTTP_ADDR says it.
#ifndef SIDECARS_CONSUL_REGISTRAR_CONSUL_ADDRESS_H_
#define SIDECARS_CONSUL_REGISTRAR_CONSUL_ADDRESS_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace mesos_executor::consul {

struct ConsulAddress {
  // The path of a Unix socket; empty: host and port.
  std::string socket;
  // A name or an address, without brackets.
  std::string host = "127.0.0.1";
  uint16_t port = 8500;
  bool tls = false;

  bool operator==(const ConsulAddress&) const = default;
};

// `host:port`, `http://host:port`, `https://host:port` or `unix:///path`; without a port it is 80
// or 443, as Consul's own client has it. With `tls`, http becomes https, as with CONSUL_HTTP_SSL
// there. InvalidArgument says what is wrong; a password in it is not repeated.
absl::StatusOr<ConsulAddress> ParseConsulAddress(const std::string& text, bool tls);

}  // namespace mesos_executor::consul

#endif  // SIDECARS_CONSUL_REGISTRAR_CONSUL_ADDRESS_H_
