#include "sidecars/consul_registrar/consul_settings.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace mesos_executor::consul {
namespace {

constexpr absl::string_view kAddress = "CONSUL_HTTP_ADDR";
// Asio's and DNS' own bound.
constexpr size_t kMaxHost = 255;

absl::Status Wrong(absl::string_view value, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(kAddress, "=", value, ": ", why));
}

absl::Status ParseAddress(const std::string& value, ConsulSettings* settings) {
  // User names and passwords don't belong here. First, as all that follows prints the address.
  if (absl::StrContains(value, '@')) {
    return absl::InvalidArgumentError(absl::StrCat(kAddress, " has a user name: remove it"));
  }
  absl::string_view rest = value;
  const size_t scheme_end = rest.find("://");
  if (scheme_end != absl::string_view::npos) {
    const absl::string_view scheme = rest.substr(0, scheme_end);
    if (scheme != "http") {
      return Wrong(value, absl::StrCat(scheme, " is not supported yet, use http://host:port"));
    }
    rest.remove_prefix(scheme_end + 3);
    absl::ConsumeSuffix(&rest, "/");
  }
  absl::string_view port = "80";
  if (absl::ConsumePrefix(&rest, "[")) {  // IPv6
    const size_t bracket = rest.find(']');
    if (bracket == absl::string_view::npos) return Wrong(value, "has no closing bracket");
    absl::string_view after = rest.substr(bracket + 1);
    rest = rest.substr(0, bracket);
    if (absl::ConsumePrefix(&after, ":")) {
      port = after;
    } else if (!after.empty()) {
      return Wrong(value, "expected a port after the bracket");
    }
  } else if (const size_t colon = rest.rfind(':'); colon != absl::string_view::npos) {
    port = rest.substr(colon + 1);
    rest = rest.substr(0, colon);
    if (absl::StrContains(rest, ':')) return Wrong(value, "write an IPv6 address in brackets");
  }
  uint32_t number = 0;
  if (!absl::SimpleAtoi(port, &number) || number == 0 || number > 65535) {
    return Wrong(value, "the port must be a number from 1 to 65535");
  }
  const bool good = !rest.empty() && rest.size() <= kMaxHost &&
                    rest.find_first_not_of(
                        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                        "0123456789-_.:%") == absl::string_view::npos;
  if (!good) return Wrong(value, "expected host:port or http://host:port");
  settings->host = std::string(rest);
  settings->port = static_cast<uint16_t>(number);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ConsulSettings> ReadConsulSettings(SettingLookup lookup) {
  for (const auto* name : {"CONSUL_HTTP_SSL", "CONSUL_HTTP_TOKEN_FILE", "CONSUL_HTTP_AUTH",
                           "CONSUL_NAMESPACE", "CONSUL_CACERT", "CONSUL_CAPATH",
                           "CONSUL_CLIENT_CERT", "CONSUL_CLIENT_KEY", "CONSUL_TLS_SERVER_NAME"}) {
    const std::string value = lookup(name).value_or("");
    const bool asks_for_nothing = value.empty() || (absl::string_view(name) == "CONSUL_HTTP_SSL" &&
                                                    (value == "false" || value == "0"));
    if (!asks_for_nothing) {
      return absl::InvalidArgumentError(absl::StrCat(
          name,
          " is set, but is not supported yet: unset it, and let consul-registrar speak plain HTTP "
          "to the agent on its own host"));
    }
  }
  ConsulSettings settings;
  if (const auto address = lookup(std::string(kAddress));
      address.has_value() && !address->empty()) {
    if (auto status = ParseAddress(*address, &settings); !status.ok()) return status;
  }
  settings.token = lookup("CONSUL_TOKEN").value_or("");
  if (settings.token.empty()) settings.token = lookup("CONSUL_HTTP_TOKEN").value_or("");
  for (const unsigned char c : settings.token) {
    if (!absl::ascii_isgraph(c)) {
      return absl::InvalidArgumentError(
          "CONSUL_TOKEN or CONSUL_HTTP_TOKEN holds blanks or control characters: a token has none");
    }
  }
  return settings;
}

}  // namespace mesos_executor::consul
