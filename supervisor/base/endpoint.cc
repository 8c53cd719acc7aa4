#include "supervisor/base/endpoint.h"

#include <arpa/inet.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace mesos_executor {

int AddressFamily(const std::string& text) {
  in6_addr unused;  // Room for either.
  for (const int family : {AF_INET, AF_INET6}) {
    if (inet_pton(family, text.c_str(), &unused) == 1) return family;
  }
  return AF_UNSPEC;
}

std::string EndpointName(const Endpoint& endpoint) {
  if (const auto* local = std::get_if<UnixEndpoint>(&endpoint)) {
    return absl::StrCat("unix:", local->path);
  }
  const auto& [address, port] = std::get<TcpEndpoint>(endpoint);
  return absl::StrContains(address, ':') ? absl::StrCat("[", address, "]:", port)
                                         : absl::StrCat(address, ":", port);
}

}  // namespace mesos_executor
