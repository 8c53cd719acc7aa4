#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "integration/bench/registration_tasks.h"
#include "integration/bench/registrations.h"
#include "sidecars/consul_registrar/client.h"
#include "sidecars/consul_registrar/consul_api.h"
#include "sidecars/consul_registrar/definition.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor::bench {
namespace {

std::string Wire(const consul::Request& request) {
  return absl::StrCat(request.method, " ", request.target,
                      " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                      "Content-Length: ",
                      request.body.size(), "\r\n\r\n", request.body);
}

absl::StatusOr<UniqueFd> Connect(uint16_t port) {
  UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int on = 1;
  const timeval minute = {.tv_sec = 60, .tv_usec = 0};
  if (!fd.valid() || setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0 ||
      setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &minute, sizeof(minute)) != 0 ||
      connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    return absl::ErrnoToStatus(errno, "connecting to Consul");
  }
  return fd;
}

// One after the other. Consul answers each of these with a head and no body, unless it refuses.
absl::Status SendAll(uint16_t port, const std::vector<std::string>& requests) {
  const auto fd = Connect(port);
  if (!fd.ok()) return fd.status();
  for (const std::string& request : requests) {
    if (send(fd->get(), request.data(), request.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(request.size())) {
      return absl::ErrnoToStatus(errno, "sending to Consul");
    }
    std::string answer;
    while (!absl::StrContains(answer, "\r\n\r\n")) {
      char buffer[4096];
      const ssize_t count = recv(fd->get(), buffer, sizeof(buffer), 0);
      if (count <= 0) return absl::UnavailableError("Consul gave no answer");
      answer.append(buffer, count);
    }
    if (!absl::StartsWith(answer, "HTTP/1.1 200")) return absl::InternalError(answer);
  }
  return absl::OkStatus();
}

// Dealt out to as many connections as the registrar has.
absl::Status SendAtOnce(uint16_t port, const std::vector<std::string>& requests) {
  constexpr int kConnections = consul::Client::kPlaces.not_urgent;
  std::vector<std::vector<std::string>> parts(kConnections);
  for (size_t i = 0; i < requests.size(); ++i) parts[i % kConnections].push_back(requests[i]);
  std::vector<std::future<absl::Status>> results;
  for (const auto& part : parts) {
    results.push_back(
        std::async(std::launch::async, [port, &part] { return SendAll(port, part); }));
  }
  absl::Status status;
  for (auto& result : results) status.Update(result.get());
  return status;
}

}  // namespace

absl::StatusOr<double> RegisterByBareLoop(uint16_t port, int tasks, const std::string& prefix) {
  std::vector<std::string> registrations, removals;
  for (int i = 0; i < tasks; ++i) {
    const auto definition = consul::DefineServices(RegistrationTask(prefix, i), absl::Minutes(15));
    if (!definition.ok()) return definition.status();
    for (const auto& service : definition->services) {
      registrations.push_back(Wire(consul::RegisterRequest(service, "passing")));
      removals.push_back(Wire(consul::DeregisterRequest(service.id)));
    }
  }
  const absl::Time start = absl::Now();
  if (auto status = SendAtOnce(port, registrations); !status.ok()) return status;
  const absl::Duration took = absl::Now() - start;
  if (auto status = SendAtOnce(port, removals); !status.ok()) return status;
  return tasks / absl::ToDoubleSeconds(took);
}

}  // namespace mesos_executor::bench
