#include "supervisor/base/connect.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"

namespace mesos_executor {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Stream = asio::generic::stream_protocol;

absl::StatusOr<Stream::endpoint> ToAsio(const Endpoint& endpoint) {
  if (const auto* local = std::get_if<UnixEndpoint>(&endpoint)) {
    constexpr size_t kLongest = sizeof(sockaddr_un::sun_path) - 1;
    if (local->path.empty() || local->path.size() > kLongest) {
      return absl::InvalidArgumentError(
          absl::StrCat("the path of a Unix socket has 1 to ", kLongest, " bytes"));
    }
    return asio::local::stream_protocol::endpoint(local->path);
  }
  const auto& tcp = std::get<TcpEndpoint>(endpoint);
  error_code error;
  const auto address = asio::ip::make_address(tcp.address, error);
  if (error) return absl::InvalidArgumentError("not an IP address");
  if (tcp.port == 0) return absl::InvalidArgumentError("port 0 can't be connected to");
  return asio::ip::tcp::endpoint(address, tcp.port);
}

// Opened here, as Asio doesn't set close-on-exec.
absl::StatusOr<UniqueFd> OpenSocket(const Stream& protocol) {
  UniqueFd fd(socket(protocol.family(), protocol.type() | SOCK_CLOEXEC | SOCK_NONBLOCK,
                     protocol.protocol()));
  if (!fd.valid()) {
    return absl::UnavailableError(error_code(errno, boost::system::system_category()).message());
  }
  return fd;
}

// Kept alive by the handler of the connect.
class Attempt final : public std::enable_shared_from_this<Attempt> {
 public:
  using Done = absl::AnyInvocable<void(absl::StatusOr<UniqueFd>)>;

  Attempt(AsioEventLoop* loop, Done done) : socket_(loop->io_context()), done_(std::move(done)) {}

  void Start(const Endpoint& to) {
    const absl::StatusOr<Stream::endpoint> endpoint = ToAsio(to);
    if (!endpoint.ok()) return FailLater(endpoint.status());
    is_tcp_ = std::holds_alternative<TcpEndpoint>(to);
    absl::StatusOr<UniqueFd> fd = OpenSocket(endpoint->protocol());
    if (!fd.ok()) return FailLater(fd.status());
    error_code error;
    socket_.assign(endpoint->protocol(), fd->get(), error);
    if (error) return FailLater(absl::UnavailableError(error.message()));
    static_cast<void>(fd->Release());  // The socket's now.
    socket_.async_connect(
        *endpoint, [self = shared_from_this()](error_code error) { self->Connected(error); });
  }

  void Cancel() {
    done_ = nullptr;
    error_code ignored;
    socket_.close(ignored);
  }

 private:
  void Connected(error_code error) {
    if (!done_) return;
    // On one host a connect to a free port can by chance be bound to that very port, and then meets
    // itself (a simultaneous open, RFC 9293, 3.5).
    if (!error && is_tcp_ && socket_.local_endpoint(error) == socket_.remote_endpoint(error)) {
      error = asio::error::connection_refused;
    }
    if (error) return Finish(absl::UnavailableError(error.message()));
    UniqueFd fd(socket_.release(error));
    if (error) return Finish(absl::UnavailableError(error.message()));
    Finish(std::move(fd));
  }

  // Connect must return first.
  void FailLater(absl::Status status) {
    asio::post(socket_.get_executor(), [self = shared_from_this(), status = std::move(status)] {
      if (self->done_) self->Finish(status);
    });
  }

  void Finish(absl::StatusOr<UniqueFd> result) {
    auto done = std::move(done_);
    Cancel();
    done(std::move(result));
  }

  Stream::socket socket_;
  bool is_tcp_ = false;
  Done done_;
};

class PendingAttempt final : public Pending {
 public:
  explicit PendingAttempt(std::shared_ptr<Attempt> attempt) : attempt_(std::move(attempt)) {}
  ~PendingAttempt() override { attempt_->Cancel(); }

 private:
  const std::shared_ptr<Attempt> attempt_;
};

}  // namespace

std::unique_ptr<Pending> Connect(AsioEventLoop* loop, const Endpoint& endpoint,
                                 absl::AnyInvocable<void(absl::StatusOr<UniqueFd>)> done) {
  auto attempt = std::make_shared<Attempt>(loop, std::move(done));
  attempt->Start(endpoint);
  return std::make_unique<PendingAttempt>(std::move(attempt));
}

}  // namespace mesos_executor
