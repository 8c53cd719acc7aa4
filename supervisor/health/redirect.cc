#include "supervisor/health/redirect.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace mesos_executor::health {
namespace {

// "host:port", "[v6]:port", or either without a port.
std::optional<TcpEndpoint> ParseAuthority(std::string_view text, uint16_t default_port) {
  TcpEndpoint endpoint{.address = "", .port = default_port};
  size_t end = text.find(':');
  if (text.starts_with("[")) {
    end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    endpoint.address = text.substr(1, end - 1);
    ++end;
  } else {
    endpoint.address = text.substr(0, end);
  }
  if (end >= text.size()) return endpoint;
  int port = 0;
  const std::string digits(text.substr(end + 1));
  if (text[end] != ':' || !absl::SimpleAtoi(digits, &port) || port < 1 || port > 65535) {
    return std::nullopt;
  }
  endpoint.port = static_cast<uint16_t>(port);
  return endpoint;
}

// Takes "http:" from "http://...".
bool ConsumeScheme(std::string_view* location, std::string_view scheme) {
  const std::string start = absl::StrCat(std::string(scheme), "://");
  if (!absl::StartsWithIgnoreCase({location->data(), location->size()}, start)) return false;
  location->remove_prefix(scheme.size() + 1);
  return true;
}

// A scheme, as in "mailto:x" (RFC 3986, 3.1).
bool HasScheme(std::string_view location) {
  const size_t colon = location.find(':');
  return colon != std::string_view::npos && location.find_first_of("/?") > colon;
}

}  // namespace

std::optional<HttpCheck> ResolveRedirect(const HttpCheck& from, std::string_view location) {
  location = location.substr(0, location.find('#'));
  if (!std::all_of(location.begin(), location.end(), absl::ascii_isgraph)) return std::nullopt;
  HttpCheck to{from.endpoint, "", from.tls};
  if (ConsumeScheme(&location, "http")) {
    to.tls = false;
  } else if (ConsumeScheme(&location, "https")) {
    to.tls = true;
  }
  if (location.starts_with("//")) {
    location.remove_prefix(2);
    const size_t end = std::min(location.find_first_of("/?"), location.size());
    const std::optional<TcpEndpoint> endpoint =
        ParseAuthority(location.substr(0, end), to.tls ? 443 : 80);
    if (!endpoint || endpoint->address != from.endpoint.address) return std::nullopt;
    to.endpoint = *endpoint;
    location.remove_prefix(end);
    to.target = location.starts_with("/") ? location : "/" + std::string(location);
    return to;
  }
  if (HasScheme(location)) return std::nullopt;
  const std::string path = from.target.substr(0, from.target.find('?'));
  if (location.starts_with("/")) {
    to.target = location;
  } else if (location.starts_with("?")) {
    to.target = path + std::string(location);
  } else {
    to.target = path.substr(0, path.rfind('/') + 1) + std::string(location);
  }
  return to;
}

}  // namespace mesos_executor::health
