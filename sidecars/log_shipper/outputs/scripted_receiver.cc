#include "sidecars/log_shipper/outputs/scripted_receiver.h"

#include <arpa/inet.h>
#include <glog/logging.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace mesos_executor::log_shipper {
namespace {

UniqueFd Bind(uint16_t* port) {
  UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int on = 1;
  PCHECK(setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0);
  sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons(*port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof(address);
  PCHECK(bind(fd.get(), generic, size) == 0);
  PCHECK(getsockname(fd.get(), generic, &size) == 0);
  *port = ntohs(address.sin_port);
  return fd;
}

}  // namespace

ScriptedReceiver::ScriptedReceiver(EventLoop* loop) : loop_(loop), reserved_(Bind(&port_)) {
  Listen();
}

void ScriptedReceiver::Listen() {
  listener_ = Bind(&port_);
  PCHECK(listen(listener_.get(), SOMAXCONN) == 0);
  accept_ = loop_->WatchReadable(listener_.get(), [this] { Accept(); });
}

void ScriptedReceiver::Refuse() {
  accept_.reset();
  listener_.Reset();
}

void ScriptedReceiver::Accept() {
  UniqueFd fd(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!fd.valid()) return;
  ++accepted_;
  const int number = fd.get();
  Connection& connection = connections_[number];
  connection.fd = std::move(fd);
  if (!paused_) Watch(&connection);
}

void ScriptedReceiver::Watch(Connection* connection) {
  const int fd = connection->fd.get();
  connection->watch = loop_->WatchReadable(fd, [this, fd] { Read(fd); });
}

void ScriptedReceiver::Read(int fd) {
  char buffer[64 << 10];
  const ssize_t count = recv(fd, buffer, sizeof(buffer), 0);
  if (count > 0) {
    received_.append(buffer, static_cast<size_t>(count));
  } else if (count == 0 || errno != EAGAIN) {
    connections_.erase(fd);
  }
}

void ScriptedReceiver::Pause() {
  paused_ = true;
  for (auto& [fd, connection] : connections_) connection.watch.reset();
}

void ScriptedReceiver::Resume() {
  paused_ = false;
  for (auto& [fd, connection] : connections_) Watch(&connection);
}

void ScriptedReceiver::Say(const std::string& text) {
  for (auto& [fd, connection] : connections_) {
    PCHECK(send(fd, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()));
  }
}

void ScriptedReceiver::Drop() { connections_.clear(); }

}  // namespace mesos_executor::log_shipper
