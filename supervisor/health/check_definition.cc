#include "supervisor/health/check_definition.h"

#include <sys/socket.h>

#include <algorithm>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace mesos_executor::health {
namespace {

using ::mesos::v1::HealthCheck;
using ::mesos::v1::NetworkInfo;

constexpr absl::Duration kShortestInterval = absl::Milliseconds(10);
constexpr size_t kLongestTarget = 8 << 10;

// Frameworks of Mesos 1.0's time set no type. See also health_checker.go of the Go executor.
absl::StatusOr<HealthCheck::Type> TypeOf(const HealthCheck& check) {
  if (check.type() != HealthCheck::UNKNOWN) return check.type();
  if (check.has_command() + check.has_http() + check.has_tcp() > 1) {
    return absl::InvalidArgumentError(
        "health check: more than one of command, http and tcp is set, and no type says which one "
        "counts");
  }
  if (check.has_command()) return HealthCheck::COMMAND;
  if (check.has_http()) return HealthCheck::HTTP;
  if (check.has_tcp()) return HealthCheck::TCP;
  return absl::InvalidArgumentError("health check: none of command, http and tcp is set");
}

absl::StatusOr<TcpEndpoint> EndpointOf(uint32_t port, std::optional<NetworkInfo::Protocol> protocol,
                                       std::string_view public_ip) {
  if (port < 1 || port > 65535) {
    return absl::InvalidArgumentError(
        absl::StrCat("health check: port ", port, " is not in 1 to 65535"));
  }
  TcpEndpoint endpoint{protocol == NetworkInfo::IPv6 ? "::1" : "127.0.0.1",
                       static_cast<uint16_t>(port)};
  if (public_ip.empty()) return endpoint;
  const int family = AddressFamily(std::string(public_ip));
  const bool is_v6 = family == AF_INET6;
  if (family == AF_UNSPEC) {
    return absl::InvalidArgumentError("health check: CLOUD_PUBLIC_IP is not an IP address");
  }
  if (protocol.value_or(is_v6 ? NetworkInfo::IPv6 : NetworkInfo::IPv4) ==
      (is_v6 ? NetworkInfo::IPv6 : NetworkInfo::IPv4)) {
    endpoint.address = public_ip;
  }
  return endpoint;
}

template <typename Info>
std::optional<NetworkInfo::Protocol> ProtocolOf(const Info& info) {
  return info.has_protocol() ? std::optional(info.protocol()) : std::nullopt;
}

absl::StatusOr<HttpCheck> HttpCheckOf(const HealthCheck::HTTPCheckInfo& http,
                                      std::string_view public_ip) {
  if (http.scheme() == "https") {
    return absl::UnimplementedError(
        "health check: http.scheme is https, and this executor checks over http, or tcp, only");
  }
  if (http.has_scheme() && http.scheme() != "http") {
    return absl::InvalidArgumentError("health check: http.scheme is neither http nor https");
  }
  const std::string& path = http.path();
  if (path.size() > kLongestTarget) {
    return absl::InvalidArgumentError(absl::StrCat("health check: http.path has ", path.size(),
                                                   " bytes, more than ", kLongestTarget));
  }
  if (!path.empty() && path[0] != '/') {
    return absl::InvalidArgumentError("health check: http.path does not start with /");
  }
  if (!std::all_of(path.begin(), path.end(), absl::ascii_isgraph)) {
    return absl::InvalidArgumentError(
        "health check: http.path has blanks, control characters or bytes outside ASCII: write them "
        "as %XX");
  }
  absl::StatusOr<TcpEndpoint> endpoint = EndpointOf(http.port(), ProtocolOf(http), public_ip);
  if (!endpoint.ok()) return endpoint.status();
  // A fragment is never sent (RFC 9110, 4.2.5).
  std::string target = path.substr(0, path.find('#'));
  return HttpCheck{*std::move(endpoint), target.empty() ? "/" : std::move(target)};
}

absl::StatusOr<TcpCheck> TcpCheckOf(const HealthCheck::TCPCheckInfo& tcp,
                                    std::string_view public_ip) {
  absl::StatusOr<TcpEndpoint> endpoint = EndpointOf(tcp.port(), ProtocolOf(tcp), public_ip);
  if (!endpoint.ok()) return endpoint.status();
  return TcpCheck{*std::move(endpoint)};
}

absl::StatusOr<std::variant<HttpCheck, TcpCheck>> ProbeOf(const HealthCheck& check,
                                                          std::string_view public_ip) {
  const absl::StatusOr<HealthCheck::Type> type = TypeOf(check);
  if (!type.ok()) return type.status();
  if (*type == HealthCheck::HTTP && check.has_http()) return HttpCheckOf(check.http(), public_ip);
  if (*type == HealthCheck::TCP && check.has_tcp()) return TcpCheckOf(check.tcp(), public_ip);
  if (*type == HealthCheck::COMMAND && check.has_command()) {
    return absl::UnimplementedError(
        "health check: type is COMMAND, and this executor checks over http, or tcp, only");
  }
  return absl::InvalidArgumentError(
      absl::StrCat("health check: type is ", HealthCheck::Type_Name(*type), ", but ",
                   absl::AsciiStrToLower(HealthCheck::Type_Name(*type)), " is not set"));
}

absl::Status ReadSeconds(std::string_view field, double seconds, absl::Duration* duration) {
  // Not "< 0": not a number is neither.
  if (!(seconds >= 0)) {
    return absl::InvalidArgumentError(absl::StrCat("health check: ", std::string(field), " is ",
                                                   seconds, ", not a time from 0 up"));
  }
  *duration = absl::Seconds(seconds);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CheckDefinition> ToCheckDefinition(const HealthCheck& check,
                                                  std::string_view public_ip) {
  CheckDefinition definition;
  absl::StatusOr<std::variant<HttpCheck, TcpCheck>> probe = ProbeOf(check, public_ip);
  if (!probe.ok()) return probe.status();
  definition.probe = *std::move(probe);
  for (const absl::Status& status :
       {ReadSeconds("delay_seconds", check.delay_seconds(), &definition.delay),
        ReadSeconds("interval_seconds", check.interval_seconds(), &definition.interval),
        ReadSeconds("timeout_seconds", check.timeout_seconds(), &definition.timeout),
        ReadSeconds("grace_period_seconds", check.grace_period_seconds(),
                    &definition.grace_period)}) {
    if (!status.ok()) return status;
  }
  definition.interval = std::max(definition.interval, kShortestInterval);
  if (definition.timeout == absl::ZeroDuration()) definition.timeout = absl::InfiniteDuration();
  definition.consecutive_failures = check.consecutive_failures();
  return definition;
}

std::string CheckDefinition::Name() const {
  if (const auto* http = std::get_if<HttpCheck>(&probe)) {
    return absl::StrCat("HTTP check of ", EndpointName(http->endpoint),
                        http->target.substr(0, http->target.find('?')));
  }
  return absl::StrCat("TCP check of ", EndpointName(std::get<TcpCheck>(probe).endpoint));
}

}  // namespace mesos_executor::health
