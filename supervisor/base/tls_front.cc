#include "supervisor/base/tls_front.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <string>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "supervisor/base/byte_stream.h"
#include "supervisor/base/connect.h"
#include "supervisor/base/tls_stream.h"

namespace mesos_executor {

// A client, and the server that it is forwarded to.
class TlsFront::Connection {
 public:
  // Calls `gone` at the end, from the loop; it destroys this.
  Connection(AsioEventLoop* loop, UniqueFd socket, SslPtr session, const Endpoint& server,
             absl::AnyInvocable<void()> gone)
      : loop_(loop), gone_(std::move(gone)) {
    opening_ = StartTls(loop_, std::move(socket), std::move(session),
                        [this, server](absl::StatusOr<std::unique_ptr<ByteStream>> client) {
                          if (!client.ok()) return End();
                          client_ = *std::move(client);
                          ConnectTo(server);
                        });
  }

 private:
  void ConnectTo(const Endpoint& server) {
    opening_ = Connect(loop_, server, [this](absl::StatusOr<UniqueFd> socket) {
      if (!socket.ok()) return End();
      absl::StatusOr<std::unique_ptr<ByteStream>> stream = NewByteStream(loop_, *std::move(socket));
      if (!stream.ok()) return End();
      server_ = *std::move(stream);
      Forward(client_.get(), server_.get());
      Forward(server_.get(), client_.get());
    });
  }

  void Forward(ByteStream* from, ByteStream* to) {
    from->Read([this, from, to](absl::StatusOr<absl::string_view> bytes) {
      if (!bytes.ok() || bytes->empty()) return End();
      to->Write(std::string(*bytes), [this, from, to](absl::Status written) {
        if (!written.ok()) return End();
        Forward(from, to);
      });
    });
  }

  // Destroys this.
  void End() {
    auto gone = std::move(gone_);
    gone();
  }

  AsioEventLoop* const loop_;
  absl::AnyInvocable<void()> gone_;
  std::unique_ptr<Pending> opening_;
  std::unique_ptr<ByteStream> client_;
  std::unique_ptr<ByteStream> server_;
};

absl::StatusOr<std::unique_ptr<TlsFront>> TlsFront::Listen(AsioEventLoop* loop,
                                                           const TlsServerSettings& settings,
                                                           Endpoint server) {
  absl::StatusOr<std::unique_ptr<TlsServer>> tls = TlsServer::Create(settings);
  if (!tls.ok()) return tls.status();
  UniqueFd listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!listener.valid()) return absl::ErrnoToStatus(errno, "socket");
  sockaddr_in address{.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t size = sizeof(address);
  if (bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      listen(listener.get(), SOMAXCONN) != 0 ||
      getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return absl::ErrnoToStatus(errno, "listening on 127.0.0.1");
  }
  return absl::WrapUnique(new TlsFront(loop, *std::move(tls), std::move(server),
                                       std::move(listener), ntohs(address.sin_port)));
}

TlsFront::TlsFront(AsioEventLoop* loop, std::unique_ptr<TlsServer> tls, Endpoint server,
                   UniqueFd listener, uint16_t port)
    : loop_(loop),
      tls_(std::move(tls)),
      server_(std::move(server)),
      listener_(std::move(listener)),
      port_(port),
      watch_(loop_->WatchReadable(listener_.get(), [this] { Accept(); })) {}

TlsFront::~TlsFront() = default;

void TlsFront::Accept() {
  UniqueFd socket(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!socket.valid()) return;  // The client is gone again.
  ++accepted_;
  const auto place = connections_.emplace(connections_.end());
  *place = std::make_unique<Connection>(loop_, std::move(socket), tls_->NewSession(), server_,
                                        [this, place] { connections_.erase(place); });
}

}  // namespace mesos_executor
