#include "supervisor/agent/agent_socket.h"

#include <glog/logging.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/write.hpp>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "supervisor/base/connect.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor::agent {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

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

absl::Status Failure(absl::string_view doing, absl::string_view why) {
  return absl::UnavailableError(absl::StrCat(doing, ": ", why));
}

class AsioAgentSocket final : public AgentSocket {
 public:
  AsioAgentSocket(AsioEventLoop* loop, const Endpoint& endpoint)
      : loop_(loop),
        endpoint_(endpoint),
        connection_(std::make_shared<Connection>(loop->io_context())) {}

  ~AsioAgentSocket() override {
    connection_->destroyed = true;
    error_code ignored;
    connection_->socket.close(ignored);
  }

  void Connect(absl::AnyInvocable<void(absl::Status)> done) override {
    connecting_ = mesos_executor::Connect(
        loop_, endpoint_, [this, done = std::move(done)](absl::StatusOr<UniqueFd> fd) mutable {
          const std::string doing = absl::StrCat("connecting to ", EndpointName(endpoint_));
          if (!fd.ok()) return done(Failure(doing, fd.status().message()));
          const bool tcp = std::holds_alternative<TcpEndpoint>(endpoint_);
          if (tcp) NoticeDeadPeers(fd->get());
          error_code error;
          connection_->socket.assign({tcp ? AF_INET : AF_UNIX, 0}, fd->get(), error);
          if (error) return done(Failure(doing, error.message()));
          static_cast<void>(fd->Release());  // The socket's now.
          done(absl::OkStatus());
        });
  }

  void Write(std::string bytes, absl::AnyInvocable<void(absl::Status)> done) override {
    connection_->output = std::move(bytes);
    asio::async_write(
        connection_->socket, asio::buffer(connection_->output),
        [connection = connection_, done = std::move(done)](error_code error, size_t) mutable {
          connection->output = {};
          if (connection->destroyed) return;
          done(error ? Failure("writing to the agent", error.message()) : absl::OkStatus());
        });
  }

  void Read(absl::AnyInvocable<void(absl::StatusOr<absl::string_view>)> done) override {
    connection_->socket.async_read_some(
        asio::buffer(connection_->input), [connection = connection_, done = std::move(done)](
                                              error_code error, size_t length) mutable {
          if (connection->destroyed) return;
          if (error && error != asio::error::eof) {
            done(Failure("reading from the agent", error.message()));
          } else {
            done(absl::string_view(connection->input.data(), length));
          }
        });
  }

 private:
  // Shared with the handlers of Asio, which run once more after the socket is closed.
  struct Connection {
    explicit Connection(asio::io_context& io_context) : socket(io_context) {}
    asio::generic::stream_protocol::socket socket;
    std::string output;
    std::array<char, 8 << 10> input;
    bool destroyed = false;
  };

  AsioEventLoop* const loop_;
  const Endpoint endpoint_;
  const std::shared_ptr<Connection> connection_;
  std::unique_ptr<Pending> connecting_;
};

}  // namespace

std::unique_ptr<AgentSocket> NewAgentSocket(AsioEventLoop* loop, const Endpoint& endpoint) {
  return std::make_unique<AsioAgentSocket>(loop, endpoint);
}

}  // namespace mesos_executor::agent
