#include "supervisor/health/check_definition.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "supervisor/base/check_type.h"
#include "supervisor/base/command_info.h"
#include "supervisor/base/http_target.h"
#include "supervisor/base/task_endpoint.h"

namespace mesos_executor::health {
namespace {

using ::mesos::v1::CheckInfo;
using ::mesos::v1::CommandInfo;
using ::mesos::v1::HealthCheck;
using ::mesos::v1::NetworkInfo;
using Probe = std::variant<HttpCheck, TcpCheck, CheckCommand>;

constexpr absl::Duration kShortestInterval = absl::Milliseconds(10);

template <typename Info>
std::optional<NetworkInfo::Protocol> ProtocolOf(const Info& info) {
  return info.has_protocol() ? std::optional(info.protocol()) : std::nullopt;
}

absl::StatusOr<HttpCheck> HttpOf(uint32_t port, std::string path,
                                 std::optional<NetworkInfo::Protocol> protocol,
                                 std::string_view public_ip) {
  if (path.empty()) path = "/";
  if (absl::Status target = CheckHttpTarget(path); !target.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("http.path ", target.message()));
  }
  absl::StatusOr<TcpEndpoint> endpoint = EndpointOfTask(port, protocol, public_ip);
  if (!endpoint.ok()) return endpoint.status();
  // A fragment is never sent (RFC 9110, 4.2.5).
  return HttpCheck{*std::move(endpoint), path.substr(0, path.find('#'))};
}

absl::StatusOr<HttpCheck> HttpOf(const HealthCheck::HTTPCheckInfo& http,
                                 std::string_view public_ip) {
  if (http.has_scheme() && http.scheme() != "http" && http.scheme() != "https") {
    return absl::InvalidArgumentError("http.scheme is neither http nor https");
  }
  absl::StatusOr<HttpCheck> check = HttpOf(http.port(), http.path(), ProtocolOf(http), public_ip);
  if (check.ok()) check->tls = http.scheme() == "https";
  return check;
}

absl::StatusOr<TcpCheck> TcpOf(uint32_t port, std::optional<NetworkInfo::Protocol> protocol,
                               std::string_view public_ip) {
  absl::StatusOr<TcpEndpoint> endpoint = EndpointOfTask(port, protocol, public_ip);
  if (!endpoint.ok()) return endpoint.status();
  return TcpCheck{*std::move(endpoint)};
}

absl::StatusOr<CheckCommand> CommandOf(const CommandInfo& info) {
  if (info.value().empty()) return absl::InvalidArgumentError("command.value is not set");
  CommandLine line = CommandLineOf(info, info.value());
  return CheckCommand{.argv = std::move(line.argv),
                      .program = std::move(line.program),
                      .environment = VariablesOf(info)};
}

absl::StatusOr<Probe> ProbeOf(const HealthCheck& check, std::string_view public_ip) {
  const absl::StatusOr<HealthCheck::Type> type = TypeOf(check);
  if (!type.ok()) return type.status();
  if (*type == HealthCheck::COMMAND) return CommandOf(check.command());
  if (*type == HealthCheck::HTTP) return HttpOf(check.http(), public_ip);
  return TcpOf(check.tcp().port(), ProtocolOf(check.tcp()), public_ip);
}

absl::StatusOr<Probe> ProbeOf(const CheckInfo& check, std::string_view public_ip) {
  const absl::StatusOr<CheckInfo::Type> type = TypeOf(check);
  if (!type.ok()) return type.status();
  if (*type == CheckInfo::COMMAND) return CommandOf(check.command().command());
  if (*type == CheckInfo::HTTP) {
    return HttpOf(check.http().port(), check.http().path(), std::nullopt, public_ip);
  }
  return TcpOf(check.tcp().port(), std::nullopt, public_ip);
}

absl::Status ReadSeconds(std::string_view field, double seconds, absl::Duration* duration) {
  // Not "< 0": not a number is neither.
  if (!(seconds >= 0)) {
    return absl::InvalidArgumentError(
        absl::StrCat(std::string(field), " is ", seconds, ", not a time from 0 up"));
  }
  *duration = absl::Seconds(seconds);
  return absl::OkStatus();
}

template <typename Check>
absl::StatusOr<CheckDefinition> CommonOf(const Check& check, std::string_view public_ip) {
  CheckDefinition definition;
  absl::StatusOr<Probe> probe = ProbeOf(check, public_ip);
  if (!probe.ok()) return probe.status();
  definition.probe = *std::move(probe);
  for (const absl::Status& status :
       {ReadSeconds("delay_seconds", check.delay_seconds(), &definition.delay),
        ReadSeconds("interval_seconds", check.interval_seconds(), &definition.interval),
        ReadSeconds("timeout_seconds", check.timeout_seconds(), &definition.timeout)}) {
    if (!status.ok()) return status;
  }
  definition.interval = std::max(definition.interval, kShortestInterval);
  if (definition.timeout == absl::ZeroDuration()) definition.timeout = absl::InfiniteDuration();
  return definition;
}

absl::Status Of(const char* what, const absl::Status& status) {
  return absl::InvalidArgumentError(absl::StrCat(what, ": ", status.message()));
}

}  // namespace

absl::StatusOr<HealthDefinition> ToHealthDefinition(const HealthCheck& check,
                                                    std::string_view public_ip) {
  absl::StatusOr<CheckDefinition> common = CommonOf(check, public_ip);
  if (!common.ok()) return Of("health check", common.status());
  HealthDefinition definition{.check = *std::move(common),
                              .consecutive_failures = check.consecutive_failures()};
  absl::Status grace =
      ReadSeconds("grace_period_seconds", check.grace_period_seconds(), &definition.grace_period);
  if (!grace.ok()) return Of("health check", grace);
  return definition;
}

absl::StatusOr<CheckDefinition> ToCheckDefinition(const CheckInfo& check,
                                                  std::string_view public_ip) {
  absl::StatusOr<CheckDefinition> definition = CommonOf(check, public_ip);
  if (!definition.ok()) return Of("check", definition.status());
  return definition;
}

std::string CheckDefinition::Name() const {
  if (const auto* http = std::get_if<HttpCheck>(&probe)) {
    return absl::StrCat(http->tls ? "HTTPS check of " : "HTTP check of ",
                        EndpointName(http->endpoint),
                        http->target.substr(0, http->target.find('?')));
  }
  if (const auto* tcp = std::get_if<TcpCheck>(&probe)) {
    return absl::StrCat("TCP check of ", EndpointName(tcp->endpoint));
  }
  return absl::StrCat("COMMAND check by ", std::get<CheckCommand>(probe).program);
}

}  // namespace mesos_executor::health
