#include "supervisor/agent/agent_socket.h"

#include <glog/logging.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "absl/strings/str_cat.h"

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

class TcpAgentSocket final : public AgentSocket {
 public:
  TcpAgentSocket(AsioEventLoop* loop, const AgentSettings& settings)
      : peer_(Peer(settings)), connection_(std::make_shared<Connection>(loop->io_context())) {}

  ~TcpAgentSocket() override {
    connection_->destroyed = true;
    error_code ignored;
    connection_->socket.close(ignored);
  }

  void Connect(absl::AnyInvocable<void(absl::Status)> done) override {
    connection_->socket.async_connect(peer_, [connection = connection_, peer = peer_,
                                              done = std::move(done)](error_code error) mutable {
      if (connection->destroyed) return;
      if (!error) SetOptions(connection->socket.native_handle());
      done(Result(absl::StrCat("connecting to ", peer.address().to_string(), ":", peer.port()),
                  error));
    });
  }

  void Write(std::string bytes, absl::AnyInvocable<void(absl::Status)> done) override {
    connection_->output = std::move(bytes);
    asio::async_write(
        connection_->socket, asio::buffer(connection_->output),
        [connection = connection_, done = std::move(done)](error_code error, size_t) mutable {
          connection->output = {};
          if (!connection->destroyed) done(Result("writing to the agent", error));
        });
  }

  void Read(absl::AnyInvocable<void(absl::StatusOr<absl::string_view>)> done) override {
    connection_->socket.async_read_some(
        asio::buffer(connection_->input), [connection = connection_, done = std::move(done)](
                                              error_code error, size_t length) mutable {
          if (connection->destroyed) return;
          if (error && error != asio::error::eof) {
            done(Result("reading from the agent", error));
          } else {
            done(absl::string_view(connection->input.data(), length));
          }
        });
  }

 private:
  // Shared with the handlers of Asio, which run once more after the socket is closed.
  struct Connection {
    explicit Connection(asio::io_context& io_context) : socket(io_context) {}
    asio::ip::tcp::socket socket;
    std::string output;
    std::array<char, 8 << 10> input;
    bool destroyed = false;
  };

  static asio::ip::tcp::endpoint Peer(const AgentSettings& settings) {
    error_code error;
    const auto address = asio::ip::make_address(settings.address, error);
    CHECK(!error) << "AgentSettings hold an IP address, not " << settings.address;
    return {address, settings.port};
  }

  static absl::Status Result(absl::string_view doing, const error_code& error) {
    if (!error) return absl::OkStatus();
    return absl::UnavailableError(absl::StrCat(doing, ": ", error.message()));
  }

  static void SetOptions(int socket) {
    const auto set = [socket](int level, int option, int value) {
      if (setsockopt(socket, level, option, &value, sizeof(value)) != 0)
        PLOG(WARNING) << "setsockopt";
    };
    set(SOL_SOCKET, SO_KEEPALIVE, 1);
    set(IPPROTO_TCP, TCP_KEEPIDLE, kKeepaliveIdleSeconds);
    set(IPPROTO_TCP, TCP_KEEPINTVL, kKeepaliveIntervalSeconds);
    set(IPPROTO_TCP, TCP_KEEPCNT, kKeepaliveProbes);
    set(IPPROTO_TCP, TCP_USER_TIMEOUT, kUserTimeoutMilliseconds);
    set(IPPROTO_TCP, TCP_NODELAY, 1);
  }

  const asio::ip::tcp::endpoint peer_;
  const std::shared_ptr<Connection> connection_;
};

}  // namespace

std::unique_ptr<AgentSocket> NewTcpAgentSocket(AsioEventLoop* loop, const AgentSettings& settings) {
  return std::make_unique<TcpAgentSocket>(loop, settings);
}

}  // namespace mesos_executor::agent
