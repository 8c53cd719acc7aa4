#include "sidecars/consul_registrar/consul_address.h"

#include <sys/un.h>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "sidecars/runtime/task_lookup.h"

namespace mesos_executor::consul {
namespace {

// Asio's and DNS' own bound.
constexpr size_t kMaxHost = 255;

absl::Status Wrong(absl::string_view text, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(Quoted(text), " ", why));
}

// "host:port", "[v6]:port" or without a port.
absl::Status ParseHost(absl::string_view text, absl::string_view rest, ConsulAddress* address) {
  absl::string_view port = address->tls ? "443" : "80";
  if (absl::ConsumePrefix(&rest, "[")) {  // IPv6
    const size_t bracket = rest.find(']');
    if (bracket == absl::string_view::npos) return Wrong(text, "has no closing bracket");
    absl::string_view after = rest.substr(bracket + 1);
    rest = rest.substr(0, bracket);
    if (absl::ConsumePrefix(&after, ":")) {
      port = after;
    } else if (!after.empty()) {
      return Wrong(text, "has something else than a port after the bracket");
    }
  } else if (const size_t colon = rest.rfind(':'); colon != absl::string_view::npos) {
    port = rest.substr(colon + 1);
    rest = rest.substr(0, colon);
    if (absl::StrContains(rest, ':')) return Wrong(text, "has an IPv6 address without brackets");
  }
  uint32_t number = 0;
  if (!absl::SimpleAtoi(port, &number) || number == 0 || number > 65535) {
    return Wrong(text, "needs a port from 1 to 65535");
  }
  const bool good = !rest.empty() && rest.size() <= kMaxHost &&
                    rest.find_first_not_of(
                        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                        "0123456789-_.:%") == absl::string_view::npos;
  if (!good) return Wrong(text, "is not host:port, http(s)://host:port or unix:///path");
  address->host = std::string(rest);
  address->port = static_cast<uint16_t>(number);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ConsulAddress> ParseConsulAddress(const std::string& text, bool tls) {
  // User names and passwords don't belong here. First, as all that follows shows the address.
  if (absl::StrContains(text, '@')) {
    return absl::InvalidArgumentError(
        "it has a user name: remove it, and set CONSUL_HTTP_AUTH=user:password");
  }
  ConsulAddress address;
  address.tls = tls;
  absl::string_view rest = text;
  if (absl::ConsumePrefix(&rest, "unix://")) {
    if (tls) return Wrong(text, "is a Unix socket, on which Consul speaks no TLS");
    if (!absl::StartsWith(rest, "/") || rest.size() >= sizeof(sockaddr_un::sun_path)) {
      return Wrong(text, "needs an absolute path of less than 108 bytes: unix:///path");
    }
    address.socket = std::string(rest);
    return address;
  }
  const size_t scheme_end = rest.find("://");
  if (scheme_end != absl::string_view::npos) {
    const absl::string_view scheme = rest.substr(0, scheme_end);
    if (scheme != "http" && scheme != "https") {
      return Wrong(text, "has a scheme that Consul doesn't speak: use http, https or unix");
    }
    address.tls |= scheme == "https";
    rest.remove_prefix(scheme_end + 3);
    absl::ConsumeSuffix(&rest, "/");
  }
  if (auto status = ParseHost(text, rest, &address); !status.ok()) return status;
  return address;
}

}  // namespace mesos_executor::consul
