#include "supervisor/base/byte_stream.h"

#include <sys/socket.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/write.hpp>
#include <utility>

namespace mesos_executor {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Socket = asio::generic::stream_protocol::socket;

absl::Status Failure(error_code error) { return absl::UnavailableError(error.message()); }

class PlainStream final : public ByteStream {
 public:
  explicit PlainStream(Socket socket)
      : connection_(std::make_shared<Connection>(std::move(socket))) {}

  ~PlainStream() override {
    connection_->destroyed = true;
    error_code ignored;
    connection_->socket.close(ignored);
  }

  void Write(std::string bytes, absl::AnyInvocable<void(absl::Status)> done) override {
    connection_->output = std::move(bytes);
    asio::async_write(
        connection_->socket, asio::buffer(connection_->output),
        [connection = connection_, done = std::move(done)](error_code error, size_t) mutable {
          connection->output = {};
          if (connection->destroyed) return;
          done(error ? Failure(error) : absl::OkStatus());
        });
  }

  void Read(absl::AnyInvocable<void(absl::StatusOr<absl::string_view>)> done) override {
    connection_->socket.async_read_some(asio::buffer(connection_->input),
                                        [connection = connection_, done = std::move(done)](
                                            error_code error, size_t length) mutable {
                                          if (connection->destroyed) return;
                                          if (error && error != asio::error::eof)
                                            return done(Failure(error));
                                          done(absl::string_view(connection->input.data(), length));
                                        });
  }

 private:
  // Shared with the handlers of Asio, which run once more after the socket is closed.
  struct Connection {
    explicit Connection(Socket socket) : socket(std::move(socket)) {}
    Socket socket;
    std::string output;
    std::array<char, 8 << 10> input;
    bool destroyed = false;
  };

  const std::shared_ptr<Connection> connection_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ByteStream>> NewByteStream(AsioEventLoop* loop, UniqueFd socket) {
  Socket assigned(loop->io_context());
  error_code error;
  // Nothing is asked of the protocol but that it is a stream.
  assigned.assign({AF_UNSPEC, 0}, socket.get(), error);
  if (error) return Failure(error);
  static_cast<void>(socket.Release());  // The other socket's now.
  return std::make_unique<PlainStream>(std::move(assigned));
}

}  // namespace mesos_executor
