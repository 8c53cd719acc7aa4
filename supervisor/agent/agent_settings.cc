#include "supervisor/agent/agent_settings.h"

#include <arpa/inet.h>

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "supervisor/base/duration_text.h"

namespace mesos_executor::agent {
namespace {

using Lookup = absl::FunctionRef<const char*(const char*)>;

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

absl::Status ReadRequired(Lookup lookup, const char* variable, std::string& value) {
  const char* const text = lookup(variable);
  if (text == nullptr || *text == '\0') {
    return Error(variable, "not set: an executor must be started by a Mesos agent, which sets it");
  }
  value = text;
  return absl::OkStatus();
}

absl::Status ReadDuration(Lookup lookup, const char* variable, absl::Duration& value) {
  const char* const text = lookup(variable);
  if (text == nullptr || *text == '\0') return absl::OkStatus();
  const auto duration = ParseDuration(text);
  if (!duration.ok()) return Error(variable, duration.status().message());
  if (*duration == absl::ZeroDuration()) return Error(variable, "must be longer than 0");
  value = *duration;
  return absl::OkStatus();
}

absl::Status ReadEndpoint(Lookup lookup, AgentSettings& settings) {
  constexpr char kVariable[] = "MESOS_AGENT_ENDPOINT";
  std::string endpoint;
  if (auto status = ReadRequired(lookup, kVariable, endpoint); !status.ok()) return status;
  const size_t colon = endpoint.rfind(':');
  std::string address = endpoint.substr(0, colon == endpoint.npos ? 0 : colon);
  if (absl::StartsWith(address, "[") && absl::EndsWith(address, "]")) {
    address = address.substr(1, address.size() - 2);
  }
  in6_addr unused;
  if (inet_pton(AF_INET, address.c_str(), &unused) != 1 &&
      inet_pton(AF_INET6, address.c_str(), &unused) != 1) {
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

absl::Status ReadPath(Lookup lookup, std::string& path) {
  constexpr char kVariable[] = "ALLEGRO_EXECUTOR_API_PATH";
  const char* const text = lookup(kVariable);
  if (text == nullptr || *text == '\0') return absl::OkStatus();
  path = text;
  if (path.front() != '/' || !IsVisible(path) || path.size() > 1024) {
    return Error(kVariable, absl::StrCat(Quoted(path), " is not a path such as /api/v1/executor"));
  }
  return absl::OkStatus();
}

absl::Status ReadCheckpoint(Lookup lookup, bool& checkpoint) {
  constexpr char kVariable[] = "MESOS_CHECKPOINT";
  const char* const text = lookup(kVariable);
  const absl::string_view value = text == nullptr ? "" : text;
  if (value != "" && value != "0" && value != "1") {
    return Error(kVariable, absl::StrCat(Quoted(value), " is neither 0 nor 1"));
  }
  checkpoint = value == "1";
  return absl::OkStatus();
}

absl::Status ReadToken(Lookup lookup, std::string& token) {
  constexpr char kVariable[] = "MESOS_EXECUTOR_AUTHENTICATION_TOKEN";
  const char* const text = lookup(kVariable);
  if (text == nullptr) return absl::OkStatus();
  token = text;
  // The value is secret: not shown.
  if (!IsVisible(token) || token.size() > 4096) return Error(kVariable, "not a JSON Web Token");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<AgentSettings> AgentSettings::FromEnvironment(Lookup lookup) {
  AgentSettings settings;
  absl::Status status = ReadEndpoint(lookup, settings);
  if (status.ok()) status = ReadRequired(lookup, "MESOS_FRAMEWORK_ID", settings.framework_id);
  if (status.ok()) status = ReadRequired(lookup, "MESOS_EXECUTOR_ID", settings.executor_id);
  if (status.ok()) status = ReadPath(lookup, settings.api_path);
  if (status.ok()) status = ReadCheckpoint(lookup, settings.checkpoint);
  if (status.ok()) status = ReadToken(lookup, settings.token);
  if (status.ok()) {
    status = ReadDuration(lookup, "ALLEGRO_EXECUTOR_HTTP_TIMEOUT", settings.http_timeout);
  }
  if (status.ok() && settings.checkpoint) {
    status = ReadDuration(lookup, "MESOS_RECOVERY_TIMEOUT", settings.recovery_timeout);
  }
  if (status.ok() && settings.checkpoint) {
    status =
        ReadDuration(lookup, "MESOS_SUBSCRIPTION_BACKOFF_MAX", settings.subscription_backoff_max);
  }
  if (!status.ok()) return status;
  return settings;
}

}  // namespace mesos_executor::agent
