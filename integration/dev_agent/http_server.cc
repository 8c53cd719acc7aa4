#include "integration/dev_agent/http_server.h"

#include <map>
#include <optional>
#include <utility>

#include "integration/dev_agent/connection.h"
#include "integration/dev_agent/listener.h"
#include "supervisor/base/byte_stream.h"
#include "supervisor/base/tls_stream.h"

namespace mesos_executor::dev_agent {
namespace {

class Server final : public HttpServer {
 public:
  Server(AsioEventLoop* loop, Callbacks callbacks) : loop_(loop), callbacks_(std::move(callbacks)) {
    state_.handle = [this](RawCall request, std::shared_ptr<Exchange> exchange) {
      callbacks_.request(std::move(request), std::move(exchange));
    };
    state_.ended = [this](Exchange* connection) { connections_.erase(connection); };
  }

  ~Server() override { AbortAll(); }

  absl::Status Listen(const ServerSettings& settings) {
    if (!settings.tls.certificate_file.empty()) {
      auto tls = TlsServer::Create(settings.tls);
      if (!tls.ok()) return tls.status();
      tls_ = *std::move(tls);
    }
    auto tcp = Listener::OnLoopback(
        loop_, [this](UniqueFd socket) { OnConnection(std::move(socket), /*on_unix=*/false); });
    if (!tcp.ok()) return tcp.status();
    tcp_ = *std::move(tcp);
    if (settings.unix_socket.empty()) return absl::OkStatus();
    auto local = Listener::OnUnixSocket(loop_, settings.unix_socket, [this](UniqueFd socket) {
      OnConnection(std::move(socket), /*on_unix=*/true);
    });
    if (!local.ok()) return local.status();
    unix_ = *std::move(local);
    return absl::OkStatus();
  }

  uint16_t port() const override { return tcp_->port(); }

  void Freeze(bool stop_reading) override {
    state_.frozen = true;
    // A freeze within a stall is a stall.
    state_.stop_reading |= stop_reading;
    if (!stop_reading) return;
    tcp_->Pause();
    if (unix_) unix_->Pause();
  }

  void Thaw() override {
    state_.frozen = false;
    if (std::exchange(state_.stop_reading, false)) {
      tcp_->Resume();
      if (unix_) unix_->Resume();
    }
    // A copy: what goes on may end.
    const auto connections = connections_;
    for (const auto& [key, connection] : connections) connection->Resume();
  }

  absl::Status GoAway() override {
    AbortAll();
    absl::Status status = tcp_->Refuse();
    if (unix_) status.Update(unix_->Refuse());
    return status;
  }

  absl::Status ComeBack() override {
    absl::Status status = tcp_->Listen();
    if (unix_) status.Update(unix_->Listen());
    return status;
  }

 private:
  void OnConnection(UniqueFd socket, bool on_unix) {
    const int fd = socket.get();
    if (tls_ && !on_unix) {
      const int number = ++handshake_count_;
      handshakes_[number] =
          StartTls(loop_, std::move(socket), tls_->NewSession(),
                   [this, number, fd](absl::StatusOr<std::unique_ptr<ByteStream>> stream) {
                     const auto handshake = handshakes_.extract(number);
                     // A client that doesn't speak TLS, or doesn't believe us, has gone; so have
                     // we.
                     if (stream.ok()) Begin(*std::move(stream), fd, /*on_unix=*/false);
                   });
      return;
    }
    auto stream = NewByteStream(loop_, std::move(socket));
    if (stream.ok()) Begin(*std::move(stream), fd, on_unix);
  }

  void Begin(std::unique_ptr<ByteStream> stream, int fd, bool on_unix) {
    const auto connection =
        std::make_shared<Connection>(loop_, &state_, std::move(stream), fd, on_unix);
    connections_.emplace(connection.get(), connection);
    if (const auto cut = callbacks_.connection()) {
      connection->Spoil(absl::ZeroDuration(), cut);
      connection->Write("");
    }
    connection->Resume();
  }

  void AbortAll() {
    handshakes_.clear();
    const auto connections = std::exchange(connections_, {});
    for (const auto& [key, connection] : connections) connection->Abort();
  }

  AsioEventLoop* const loop_;
  Callbacks callbacks_;
  ServerState state_;
  std::unique_ptr<TlsServer> tls_;
  std::unique_ptr<Listener> tcp_;
  std::unique_ptr<Listener> unix_;
  std::map<int, std::unique_ptr<Pending>> handshakes_;
  int handshake_count_ = 0;
  std::map<Exchange*, std::shared_ptr<Connection>> connections_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Listen(AsioEventLoop* loop,
                                                               const ServerSettings& settings,
                                                               Callbacks callbacks) {
  auto server = std::make_unique<Server>(loop, std::move(callbacks));
  if (absl::Status status = server->Listen(settings); !status.ok()) return status;
  return server;
}

}  // namespace mesos_executor::dev_agent
