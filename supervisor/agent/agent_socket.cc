#include "supervisor/agent/agent_socket.h"

#include <glog/logging.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "supervisor/base/byte_stream.h"
#include "supervisor/base/connect.h"
#include "supervisor/base/tls_stream.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor::agent {
namespace {

// A dead peer is noticed after 15 s of silence and three probes, 5 s apart; one that doesn't take
// our data, after 30 s.
constexpr int kKeepaliveIdleSeconds = 15;
constexpr int kKeepaliveIntervalSeconds = 5;
constexpr int kKeepaliveProbes = 3;
constexpr int kUserTimeoutMilliseconds = 30'000;

void NoticeDeadPeers(int socket) {
  const auto set = [socket](int level, int option, int value) {
    if (setsockopt(socket, level, option, &value, sizeof(value)) != 0) {
      PLOG(WARNING) << "A connection to the agent without option " << option;
    }
  };
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, kKeepaliveIdleSeconds);
  set(IPPROTO_TCP, TCP_KEEPINTVL, kKeepaliveIntervalSeconds);
  set(IPPROTO_TCP, TCP_KEEPCNT, kKeepaliveProbes);
  set(IPPROTO_TCP, TCP_USER_TIMEOUT, kUserTimeoutMilliseconds);
  set(IPPROTO_TCP, TCP_NODELAY, 1);
}

absl::Status Failure(absl::string_view doing, const absl::Status& why) {
  return absl::UnavailableError(absl::StrCat(doing, ": ", why.message()));
}

class StreamAgentSocket final : public AgentSocket {
 public:
  StreamAgentSocket(AsioEventLoop* loop, const Endpoint& endpoint, std::optional<TlsSettings> tls)
      : loop_(loop), endpoint_(endpoint), tls_(std::move(tls)) {}

  void Connect(absl::AnyInvocable<void(absl::Status)> done) override {
    doing_ = absl::StrCat("connecting to ", EndpointName(endpoint_));
    opening_ = mesos_executor::Connect(
        loop_, endpoint_, [this, done = std::move(done)](absl::StatusOr<UniqueFd> fd) mutable {
          if (!fd.ok()) return done(Failure(doing_, fd.status()));
          if (std::holds_alternative<TcpEndpoint>(endpoint_)) NoticeDeadPeers(fd->get());
          if (tls_.has_value()) return Handshake(*std::move(fd), std::move(done));
          Opened(NewByteStream(loop_, *std::move(fd)), std::move(done));
        });
  }

  void Write(std::string bytes, absl::AnyInvocable<void(absl::Status)> done) override {
    stream_->Write(std::move(bytes), [done = std::move(done)](absl::Status written) mutable {
      done(written.ok() ? written : Failure("writing to the agent", written));
    });
  }

  void Read(absl::AnyInvocable<void(absl::StatusOr<absl::string_view>)> done) override {
    stream_->Read([done = std::move(done)](absl::StatusOr<absl::string_view> bytes) mutable {
      if (!bytes.ok()) bytes = Failure("reading from the agent", bytes.status());
      done(bytes);
    });
  }

 private:
  void Handshake(UniqueFd fd, absl::AnyInvocable<void(absl::Status)> done) {
    doing_ = absl::StrCat("TLS handshake with ", EndpointName(endpoint_));
    absl::StatusOr<std::shared_ptr<TlsCredentials>> credentials = TlsCredentials::Create(*tls_);
    if (!credentials.ok()) return done(Failure(doing_, credentials.status()));
    absl::StatusOr<SslPtr> session = (*credentials)->NewSession(endpoint_);
    if (!session.ok()) return done(Failure(doing_, session.status()));
    opening_ = StartTls(
        loop_, std::move(fd), *std::move(session),
        [this, done = std::move(done)](absl::StatusOr<std::unique_ptr<ByteStream>> stream) mutable {
          Opened(std::move(stream), std::move(done));
        });
  }

  void Opened(absl::StatusOr<std::unique_ptr<ByteStream>> stream,
              absl::AnyInvocable<void(absl::Status)> done) {
    if (!stream.ok()) return done(Failure(doing_, stream.status()));
    stream_ = *std::move(stream);
    done(absl::OkStatus());
  }

  AsioEventLoop* const loop_;
  const Endpoint endpoint_;
  const std::optional<TlsSettings> tls_;
  std::string doing_;
  std::unique_ptr<Pending> opening_;
  std::unique_ptr<ByteStream> stream_;
};

}  // namespace

std::unique_ptr<AgentSocket> NewAgentSocket(AsioEventLoop* loop, const Endpoint& endpoint,
                                            std::optional<TlsSettings> tls) {
  return std::make_unique<StreamAgentSocket>(loop, endpoint, std::move(tls));
}

}  // namespace mesos_executor::agent
