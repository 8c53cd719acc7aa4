#include "supervisor/base/endpoint.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace mesos_executor {

std::string EndpointName(const Endpoint& endpoint) {
  if (const auto* local = std::get_if<UnixEndpoint>(&endpoint)) {
    return absl::StrCat("unix:", local->path);
  }
  const auto& [address, port] = std::get<TcpEndpoint>(endpoint);
  return absl::StrContains(address, ':') ? absl::StrCat("[", address, "]:", port)
                                         : absl::StrCat(address, ":", port);
}

}  // namespace mesos_executor
