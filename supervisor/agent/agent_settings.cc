#include "supervisor/agent/agent_settings.h"

#include <sys/socket.h>

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "supervisor/agent/libprocess_ssl.h"
#include "supervisor/base/duration_text.h"

namespace mesos_executor::agent {
namespace {

absl::Status Error(absl::string_view variable, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(variable, ": ", what));
}

std::string Quoted(absl::string_view value) {
  return absl::StrCat("\"", absl::CHexEscape(value.substr(0, 200)), "\"");
}

// Printable ASCII without spaces: what can stand in a request's head.
bool IsVisible(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return absl::ascii_isgraph(c); });
}

// Unset and empty are the same.
std::string Get(const Environment& environment, absl::string_view variable) {
  return environment.Get(variable).value_or("");
}

absl::Status ReadRequired(const Environment& environment, absl::string_view variable,
                          std::string& value) {
  value = Get(environment, variable);
  if (!value.empty()) return absl::OkStatus();
  return Error(variable, "not set: an executor must be started by a Mesos agent, which sets it");
}

absl::Status ReadDuration(absl::string_view variable, absl::string_view text,
                          absl::Duration& value) {
  if (text.empty()) return absl::OkStatus();
  const auto duration = ParseDuration(text);
  if (!duration.ok()) return Error(variable, duration.status().message());
  if (*duration <= absl::ZeroDuration()) return Error(variable, "must be longer than 0");
  value = *duration;
  return absl::OkStatus();
}

absl::Status ReadEndpoint(const Environment& environment, AgentSettings& settings) {
  constexpr char kVariable[] = "MESOS_AGENT_ENDPOINT";
  std::string endpoint;
  if (auto status = ReadRequired(environment, kVariable, endpoint); !status.ok()) return status;
  const size_t colon = endpoint.rfind(':');
  std::string address = endpoint.substr(0, colon == endpoint.npos ? 0 : colon);
  if (absl::StartsWith(address, "[") && absl::EndsWith(address, "]")) {
    address = address.substr(1, address.size() - 2);
  }
  if (AddressFamily(address) == AF_UNSPEC) {
    return Error(
        kVariable,
        absl::StrCat(Quoted(endpoint),
                     " is not IP:PORT. Host names are not resolved: give the agent an --ip"));
  }
  uint32_t port;
  const absl::string_view digits = absl::string_view(endpoint).substr(colon + 1);
  if (!absl::SimpleAtoi(digits, &port) || port == 0 || port > 65535) {
    return Error(kVariable, absl::StrCat(Quoted(endpoint), " has no port from 1 to 65535"));
  }
  settings.endpoint = {address, static_cast<uint16_t>(port)};
  return absl::OkStatus();
}

absl::Status ReadPath(const std::string& text, std::string& path) {
  if (text.empty()) return absl::OkStatus();
  if (text.front() != '/' || !IsVisible(text) || text.size() > 1024) {
    return Error("ALLEGRO_EXECUTOR_API_PATH",
                 absl::StrCat(Quoted(text), " is not a path such as /api/v1/executor"));
  }
  path = text;
  return absl::OkStatus();
}

// A socket that can't be spoken to costs only a warning: there is TCP.
absl::Status ReadSocket(const Environment& environment, AgentSettings& settings) {
  const std::string path = Get(environment, "MESOS_DOMAIN_SOCKET");
  if (path.empty()) return absl::OkStatus();
  if (path.front() != '/' || path.size() > 4096) {
    return Error("MESOS_DOMAIN_SOCKET", absl::StrCat(Quoted(path), " is not an absolute path"));
  }
  const std::string pid = Get(environment, "MESOS_SLAVE_PID");
  const std::string actor = pid.substr(0, pid.find('@'));
  if (actor.empty() || actor.size() == pid.size() || actor.size() > 256 || !IsVisible(actor)) {
    return Error("MESOS_SLAVE_PID", absl::StrCat(Quoted(pid),
                                                 " does not look like slave(1)@IP:PORT, and "
                                                 "MESOS_DOMAIN_SOCKET is of no use without"));
  }
  settings.socket.path = path;
  settings.socket_api_path = absl::StrCat("/", actor, "/api/v1/executor");
  return absl::OkStatus();
}

absl::Status ReadCodec(const std::string& text, bool& json) {
  if (text != "" && text != "json" && text != "protobuf") {
    return Error("ALLEGRO_EXECUTOR_CODEC",
                 absl::StrCat(Quoted(text), " is neither json nor protobuf"));
  }
  json = text == "json";
  return absl::OkStatus();
}

absl::Status ReadBufferSize(const std::string& text, size_t& size) {
  if (text.empty()) return absl::OkStatus();
  uint32_t value;
  if (!absl::SimpleAtoi(text, &value) || value == 0 || value > 1'000'000) {
    return Error("ALLEGRO_EXECUTOR_STATE_UPDATE_BUFFER_SIZE",
                 absl::StrCat(Quoted(text), " is not a number from 1 to 1000000"));
  }
  size = value;
  return absl::OkStatus();
}

absl::Status ReadCheckpoint(const Environment& environment, bool& checkpoint) {
  constexpr char kVariable[] = "MESOS_CHECKPOINT";
  const std::string value = Get(environment, kVariable);
  if (value != "" && value != "0" && value != "1") {
    return Error(kVariable, absl::StrCat(Quoted(value), " is neither 0 nor 1"));
  }
  checkpoint = value == "1";
  return absl::OkStatus();
}

absl::Status ReadToken(const Environment& environment, std::string& token) {
  constexpr char kVariable[] = "MESOS_EXECUTOR_AUTHENTICATION_TOKEN";
  token = Get(environment, kVariable);
  // The value is secret: not shown.
  if (!IsVisible(token) || token.size() > 4096) return Error(kVariable, "not a JSON Web Token");
  return absl::OkStatus();
}

// What the agent sets only with checkpoints.
absl::Status ReadRecovery(const Environment& environment, AgentSettings& settings) {
  constexpr char kTimeout[] = "MESOS_RECOVERY_TIMEOUT";
  constexpr char kBackoff[] = "MESOS_SUBSCRIPTION_BACKOFF_MAX";
  absl::Status status =
      ReadDuration(kTimeout, Get(environment, kTimeout), settings.recovery_timeout);
  if (!status.ok()) return status;
  return ReadDuration(kBackoff, Get(environment, kBackoff), settings.subscription_backoff_max);
}

void ReadOurs(const Environment& environment, AgentSettings& settings,
              std::vector<std::string>& warnings) {
  const auto setting = [&](absl::string_view name) {
    return environment.Setting(name).value_or("");
  };
  const absl::Status statuses[] = {
      ReadPath(setting("API_PATH"), settings.api_path),
      ReadSocket(environment, settings),
      ReadCodec(Get(environment, "ALLEGRO_EXECUTOR_CODEC"), settings.json),
      ReadBufferSize(setting("STATE_UPDATE_BUFFER_SIZE"), settings.update_buffer_size),
      ReadDuration("ALLEGRO_EXECUTOR_HTTP_TIMEOUT", setting("HTTP_TIMEOUT"),
                   settings.http_timeout)};
  for (const absl::Status& status : statuses) {
    if (!status.ok()) warnings.push_back(absl::StrCat(status.message(), "; taking the default"));
  }
}

}  // namespace

absl::StatusOr<AgentSettings> AgentSettings::FromEnvironment(const Environment& environment,
                                                             std::vector<std::string>* warnings) {
  AgentSettings settings;
  absl::Status status = ReadEndpoint(environment, settings);
  if (status.ok()) status = ReadRequired(environment, "MESOS_FRAMEWORK_ID", settings.framework_id);
  if (status.ok()) status = ReadRequired(environment, "MESOS_EXECUTOR_ID", settings.executor_id);
  if (status.ok()) status = ReadCheckpoint(environment, settings.checkpoint);
  if (status.ok()) status = ReadToken(environment, settings.token);
  if (status.ok() && settings.checkpoint) status = ReadRecovery(environment, settings);
  if (!status.ok()) return status;
  absl::StatusOr<std::optional<TlsSettings>> tls = ReadLibprocessSsl(environment, warnings);
  if (!tls.ok()) return tls.status();
  settings.tls = *std::move(tls);
  ReadOurs(environment, settings, *warnings);
  return settings;
}

}  // namespace mesos_executor::agent
