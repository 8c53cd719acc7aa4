#include "supervisor/base/scripted_server.h"

#include <arpa/inet.h>
#include <glog/logging.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"

namespace mesos_executor {
namespace {

bool Bind(int fd, const std::string& where, int family) {
  sockaddr_storage storage{};
  socklen_t size = 0;
  if (family == AF_UNIX) {
    auto* address = reinterpret_cast<sockaddr_un*>(&storage);
    CHECK_LT(where.size(), sizeof(address->sun_path)) << where;
    where.copy(address->sun_path, where.size());
    size = sizeof(*address);
  } else if (family == AF_INET6) {
    auto* address = reinterpret_cast<sockaddr_in6*>(&storage);
    CHECK_EQ(inet_pton(AF_INET6, where.c_str(), &address->sin6_addr), 1) << where;
    size = sizeof(*address);
  } else {
    auto* address = reinterpret_cast<sockaddr_in*>(&storage);
    CHECK_EQ(inet_pton(AF_INET, where.c_str(), &address->sin_addr), 1) << where;
    size = sizeof(*address);
  }
  storage.ss_family = family;
  return bind(fd, reinterpret_cast<sockaddr*>(&storage), size) == 0;
}

uint16_t PortOf(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof(storage);
  PCHECK(getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size) == 0);
  // The port is at the same place in both families.
  return ntohs(reinterpret_cast<sockaddr_in*>(&storage)->sin_port);
}

bool IsWhole(const std::string& request) {
  const size_t end = request.find("\r\n\r\n");
  if (end == std::string::npos) return false;
  const std::string_view length_field = "Content-Length: ";
  const size_t field = request.find(length_field);
  if (field >= end) return true;
  const size_t value = field + length_field.size();
  size_t length = 0;
  CHECK(absl::SimpleAtoi(request.substr(value, request.find('\r', value) - value), &length));
  return request.size() >= end + 4 + length;
}

}  // namespace

ScriptedServer::ScriptedServer(EventLoop* loop, const std::string& where, Answer answer)
    : loop_(loop), answer_(std::move(answer)) {
  const int family = absl::StartsWith(where, "/")    ? AF_UNIX
                     : absl::StrContains(where, ':') ? AF_INET6
                                                     : AF_INET;
  UniqueFd fd(socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid() || !Bind(fd.get(), where, family)) return;
  PCHECK(listen(fd.get(), 16) == 0);
  if (family == AF_UNIX) {
    endpoint_ = UnixEndpoint{where};
  } else {
    endpoint_ = TcpEndpoint{where, PortOf(fd.get())};
  }
  listener_ = std::move(fd);
  watch_ = loop_->WatchReadable(listener_.get(), [this] { Accept(); });
}

void ScriptedServer::Accept() {
  UniqueFd fd(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!fd.valid()) return;  // The client is gone again.
  ++accepted_;
  const int number = fd.get();
  Connection& connection = connections_[number];
  connection.fd = std::move(fd);
  connection.watch = loop_->WatchReadable(number, [this, number] { Receive(number); });
}

void ScriptedServer::Receive(int fd) {
  Connection& connection = connections_.at(fd);
  char bytes[4096];
  const ssize_t count = read(fd, bytes, sizeof(bytes));
  if (count <= 0) {
    if (count == 0 || errno != EAGAIN) connections_.erase(fd);
    return;
  }
  connection.received.append(bytes, count);
  if (!IsWhole(connection.received)) return;
  requests_.push_back(std::exchange(connection.received, ""));
  const std::optional<std::string> answer = answer_(requests_.back());
  if (!answer) return;
  connection.unsent = *answer;
  Send(fd);
}

void ScriptedServer::Send(int fd) {
  Connection& connection = connections_.at(fd);
  std::string& unsent = connection.unsent;
  const size_t size = byte_by_byte_ ? std::min<size_t>(unsent.size(), 1) : unsent.size();
  CHECK_EQ(send(fd, unsent.data(), size, MSG_NOSIGNAL), static_cast<ssize_t>(size));
  unsent.erase(0, size);
  if (!unsent.empty()) {
    connection.sending = loop_->After(absl::Milliseconds(1), [this, fd] { Send(fd); });
  } else if (!keep_open_) {
    connections_.erase(fd);
  }
}

}  // namespace mesos_executor
