#include "sidecars/runtime/metrics_endpoint.h"

#include <sys/socket.h>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace mesos_executor::sidecar {
namespace {

absl::Status Wrong(absl::string_view text, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("\"", text, "\" ", why, "; give unix:PATH, 127.0.0.1:PORT or [::1]:PORT"));
}

// 127.0.0.0/8 and ::1 (RFC 6890).
bool IsLoopback(const std::string& address) {
  return AddressFamily(address) == AF_INET ? absl::StartsWith(address, "127.") : address == "::1";
}

}  // namespace

absl::StatusOr<Endpoint> ParseMetricsEndpoint(const std::string& text) {
  absl::string_view rest = text;
  if (absl::ConsumePrefix(&rest, "unix:")) {
    if (rest.empty()) return Wrong(text, "has no path");
    return UnixEndpoint{std::string(rest)};
  }
  const size_t colon = rest.rfind(':');
  if (colon == rest.npos) return Wrong(text, "has no port");
  std::string address(rest.substr(0, colon));
  const absl::string_view digits = rest.substr(colon + 1);
  if (address.size() > 2 && address.front() == '[' && address.back() == ']') {
    address = address.substr(1, address.size() - 2);
    if (AddressFamily(address) != AF_INET6) return Wrong(text, "has no IPv6 address in brackets");
  } else if (AddressFamily(address) != AF_INET) {
    return Wrong(text, "has no IP address");
  }
  uint32_t port;
  if (digits.empty() || !absl::ascii_isdigit(digits[0]) || !absl::SimpleAtoi(digits, &port) ||
      port > 65535) {
    return Wrong(text, "has no port from 0 to 65535");
  }
  if (!IsLoopback(address)) {
    return Wrong(text, "can be reached from other hosts, and nobody is asked who they are");
  }
  return TcpEndpoint{address, static_cast<uint16_t>(port)};
}

}  // namespace mesos_executor::sidecar
