#include "integration/dev_agent/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/str_cat.h"

namespace mesos_executor::dev_agent {
namespace {

absl::Status Failure(absl::string_view what) { return absl::ErrnoToStatus(errno, what); }

absl::StatusOr<UniqueFd> NewSocket(int family) {
  UniqueFd socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.valid()) return Failure("socket");
  return socket;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Listener>> Listener::OnLoopback(EventLoop* loop, Accepted accepted) {
  std::unique_ptr<Listener> listener(new Listener(loop, "", std::move(accepted)));
  if (absl::Status status = listener->Listen(); !status.ok()) return status;
  return listener;
}

absl::StatusOr<std::unique_ptr<Listener>> Listener::OnUnixSocket(EventLoop* loop, std::string path,
                                                                 Accepted accepted) {
  if (path.empty() || path.size() >= sizeof(sockaddr_un::sun_path)) {
    return absl::InvalidArgumentError(
        absl::StrCat("a Unix socket's path has 1 to 107 bytes: ", path));
  }
  std::unique_ptr<Listener> listener(new Listener(loop, std::move(path), std::move(accepted)));
  if (absl::Status status = listener->Listen(); !status.ok()) return status;
  return listener;
}

Listener::~Listener() {
  if (!path_.empty()) unlink(path_.c_str());
}

absl::StatusOr<UniqueFd> Listener::Bind() {
  auto made = NewSocket(path_.empty() ? AF_INET : AF_UNIX);
  if (!made.ok()) return made.status();
  if (!path_.empty()) {
    sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, path_.c_str(), path_.size() + 1);
    unlink(path_.c_str());
    if (bind(made->get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        chmod(path_.c_str(), 0666) != 0) {
      return Failure(absl::StrCat("cannot listen on ", path_));
    }
    return made;
  }
  // So that the socket that holds the port while we refuse can be bound beside the one that
  // listens.
  const int on = 1;
  setsockopt(made->get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port_)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(made->get(), generic, length) != 0 || getsockname(made->get(), generic, &length) != 0) {
    return Failure(absl::StrCat("cannot listen on 127.0.0.1:", port_));
  }
  port_ = ntohs(address.sin_port);
  return made;
}

absl::Status Listener::Refuse() {
  listening_ = false;
  watch_.reset();
  if (!path_.empty()) {
    // The file of a dead agent stays: who connects is refused.
    socket_.Reset();
    return absl::OkStatus();
  }
  auto bound = Bind();
  if (!bound.ok()) return bound.status();
  socket_ = *std::move(bound);
  return absl::OkStatus();
}

absl::Status Listener::Listen() {
  if (!socket_.valid()) {
    auto bound = Bind();
    if (!bound.ok()) return bound.status();
    socket_ = *std::move(bound);
  }
  if (listen(socket_.get(), SOMAXCONN) != 0) return Failure("listen");
  listening_ = true;
  Resume();
  return absl::OkStatus();
}

void Listener::Resume() {
  // An agent that died while it was frozen thaws, and refuses.
  if (!listening_ || watch_ != nullptr) return;
  watch_ = loop_->WatchReadable(socket_.get(), [this] { Accept(); });
}

void Listener::Accept() {
  UniqueFd connection(accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!connection.valid()) return;
  if (path_.empty()) {
    const int on = 1;
    setsockopt(connection.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  accepted_(std::move(connection));
}

}  // namespace mesos_executor::dev_agent
