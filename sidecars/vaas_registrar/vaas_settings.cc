#include "sidecars/vaas_registrar/vaas_settings.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "sidecars/runtime/task_lookup.h"
#include "supervisor/base/duration_text.h"

namespace mesos_executor::vaas {
namespace {

constexpr absl::Duration kMaxAsyncTimeout = absl::Hours(1);
// VaaS keeps four digits, two of them behind the point.
constexpr absl::Duration kLeastBackendTimeout = absl::Milliseconds(10);
constexpr absl::Duration kMostBackendTimeout = absl::Milliseconds(99990);
// DNS' own bound.
constexpr size_t kMaxHost = 255;

absl::Status WrongHost(absl::string_view text, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("VAAS_HOST=", Quoted(text), ": ", why));
}

absl::Status ParseHost(const std::string& text, VaasSettings* settings) {
  // First, as all that follows shows it.
  if (absl::StrContains(text, '@') || absl::StrContains(text, '?')) {
    return absl::InvalidArgumentError(
        "VAAS_HOST holds more than a host: set VAAS_USERNAME and VAAS_TOKEN instead");
  }
  absl::string_view rest = text;
  if (const size_t end = rest.find("://"); end != absl::string_view::npos) {
    const absl::string_view scheme = rest.substr(0, end);
    if (scheme != "http" && scheme != "https") {
      return WrongHost(text, "use http://host:port or https://host:port");
    }
    settings->tls = scheme == "https";
    rest.remove_prefix(end + 3);
  }
  absl::ConsumeSuffix(&rest, "/");
  absl::string_view port = settings->tls ? "443" : "80";
  absl::string_view host = rest;
  if (absl::ConsumePrefix(&rest, "[")) {  // IPv6
    const size_t bracket = rest.find(']');
    if (bracket == absl::string_view::npos) return WrongHost(text, "has no closing bracket");
    host = rest.substr(0, bracket);
    absl::string_view after = rest.substr(bracket + 1);
    if (absl::ConsumePrefix(&after, ":")) {
      port = after;
    } else if (!after.empty()) {
      return WrongHost(text, "expected a port after the bracket");
    }
  } else if (const size_t colon = rest.rfind(':'); colon != absl::string_view::npos) {
    port = rest.substr(colon + 1);
    host = rest.substr(0, colon);
    if (absl::StrContains(host, ':')) return WrongHost(text, "write an IPv6 address in brackets");
  }
  uint32_t number = 0;
  if (!absl::SimpleAtoi(port, &number) || number == 0 || number > 65535) {
    return WrongHost(text, "the port must be a number from 1 to 65535");
  }
  const auto fits = [](unsigned char c) {
    return absl::ascii_isalnum(c) || absl::StrContains("-_.:%", c);
  };
  if (host.empty() || host.size() > kMaxHost || !std::all_of(host.begin(), host.end(), fits)) {
    return WrongHost(text, "expected http://host:port, without a path");
  }
  settings->host = std::string(host);
  settings->port = static_cast<uint16_t>(number);
  return absl::OkStatus();
}

absl::Status ReadCredential(const char* name, const std::string& value) {
  if (value.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(name, " is not set: VaaS lets nobody in without it"));
  }
  // They become part of a header.
  if (!std::all_of(value.begin(), value.end(), absl::ascii_isgraph)) {
    return absl::InvalidArgumentError(
        absl::StrCat(name, " holds blanks or control characters: remove them"));
  }
  return absl::OkStatus();
}

absl::Status ReadBackendTimeout(const char* name, const std::string& text,
                                std::optional<absl::Duration>* timeout) {
  if (text.empty()) return absl::OkStatus();
  const auto parsed = ParseDuration(text);
  if (!parsed.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(name, ": ", parsed.status().message()));
  }
  if (*parsed < kLeastBackendTimeout || *parsed > kMostBackendTimeout) {
    return absl::InvalidArgumentError(absl::StrCat(name, "=", absl::FormatDuration(*parsed),
                                                   ": VaaS takes from 10ms to 99990ms"));
  }
  *timeout = *parsed;
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<VaasSettings> ReadVaasSettings(SettingLookup lookup) {
  VaasSettings settings;
  const std::string host = lookup("VAAS_HOST").value_or("");
  if (host.empty()) {
    return absl::InvalidArgumentError("VAAS_HOST is not set: set it to http://host:port of VaaS");
  }
  if (auto status = ParseHost(host, &settings); !status.ok()) return status;
  settings.username = lookup("VAAS_USERNAME").value_or("");
  if (auto status = ReadCredential("VAAS_USERNAME", settings.username); !status.ok()) return status;
  settings.token = lookup("VAAS_TOKEN").value_or("");
  if (auto status = ReadCredential("VAAS_TOKEN", settings.token); !status.ok()) return status;
  settings.ca_file = lookup("VAAS_CACERT").value_or("");
  if (!settings.ca_file.empty() && !settings.tls) {
    return absl::InvalidArgumentError(
        "VAAS_CACERT is set, but VAAS_HOST is not https: unset it, or use https://");
  }
  if (const std::string text = lookup("VAAS_ASYNC_TIMEOUT").value_or(""); !text.empty()) {
    const auto timeout = ParseDuration(text);
    if (!timeout.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("VAAS_ASYNC_TIMEOUT: ", timeout.status().message()));
    }
    if (*timeout > kMaxAsyncTimeout) {
      return absl::InvalidArgumentError("VAAS_ASYNC_TIMEOUT is more than 1h: use less");
    }
    settings.async_timeout = *timeout;
  }
  const std::pair<const char*, std::optional<absl::Duration>*> kTimeouts[] = {
      {"VAAS_CONNECT_TIMEOUT", &settings.timeouts.connect},
      {"VAAS_FIRST_BYTE_TIMEOUT", &settings.timeouts.first_byte},
      {"VAAS_BETWEEN_BYTES_TIMEOUT", &settings.timeouts.between_bytes}};
  for (const auto& [name, timeout] : kTimeouts) {
    auto status = ReadBackendTimeout(name, lookup(name).value_or(""), timeout);
    if (!status.ok()) return status;
  }
  return settings;
}

}  // namespace mesos_executor::vaas
