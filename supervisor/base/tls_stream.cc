#include "supervisor/base/tls_stream.h"

#include <glog/logging.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "supervisor/base/openssl.h"

namespace mesos_executor {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Socket = asio::generic::stream_protocol::socket;

// One connection. Shared with the handlers of Asio, which run once more after the socket is closed.
struct Connection {
  Connection(Socket socket, SslPtr ssl) : socket(std::move(socket)), ssl(std::move(ssl)) {}

  Socket socket;
  SslPtr ssl;
  int last_errno = 0;
  bool established = false;  // The handshake is over.
  bool at_end = false;       // The peer sends no more.
  bool broken = false;       // OpenSSL forbids all further use.
  bool closed = false;       // Nobody wants to hear of it any more.
  std::string output;
  std::array<char, 8 << 10> input;
  size_t received = 0;
};
using ConnectionPtr = std::shared_ptr<Connection>;

// OpenSSL's own way to a socket, by write(2), would raise SIGPIPE.
int Send(BIO* bio, const char* bytes, size_t length, size_t* sent) {
  auto* const connection = static_cast<Connection*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  const ssize_t count =
      send(connection->socket.native_handle(), bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (count < 0) {
    connection->last_errno = errno;
    if (errno == EAGAIN || errno == EINTR) BIO_set_retry_write(bio);
    return 0;
  }
  *sent = static_cast<size_t>(count);
  return 1;
}

int Receive(BIO* bio, char* bytes, size_t room, size_t* received) {
  auto* const connection = static_cast<Connection*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  const ssize_t count = recv(connection->socket.native_handle(), bytes, room, MSG_DONTWAIT);
  if (count < 0) {
    connection->last_errno = errno;
    if (errno == EAGAIN || errno == EINTR) BIO_set_retry_read(bio);
    return 0;
  }
  connection->at_end = count == 0;
  *received = static_cast<size_t>(count);
  return count > 0 ? 1 : 0;
}

long Control(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_EOF) return static_cast<Connection*>(BIO_get_data(bio))->at_end ? 1 : 0;
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO* NewBio(Connection* connection) {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* const made =
        BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "mesos_executor socket");
    CHECK(made != nullptr) << TakeOpenSslError();
    BIO_meth_set_write_ex(made, Send);
    BIO_meth_set_read_ex(made, Receive);
    BIO_meth_set_ctrl(made, Control);
    return made;
  }();
  BIO* const bio = BIO_new(method);
  CHECK(bio != nullptr) << TakeOpenSslError();
  BIO_set_data(bio, connection);
  BIO_set_init(bio, 1);
  return bio;
}

// After OpenSSL has failed for good.
absl::Status Failure(Connection* connection, int ssl_error) {
  connection->broken = true;
  const auto error = ERR_peek_error();
  const auto is = [error](int reason) {
    return ERR_GET_LIB(error) == ERR_LIB_SSL && ERR_GET_REASON(error) == reason;
  };
  std::string why;
  if (connection->at_end) {
    why = connection->established ? "the connection ended without TLS's close_notify"
                                  : "the peer closed the connection";
  } else if (ssl_error == SSL_ERROR_SYSCALL && error == 0) {
    why = error_code(connection->last_errno, boost::system::system_category()).message();
  } else if (is(SSL_R_CERTIFICATE_VERIFY_FAILED)) {
    const long result = SSL_get_verify_result(connection->ssl.get());
    why =
        absl::StrCat("the peer's certificate is refused: ", X509_verify_cert_error_string(result));
  } else if (is(SSL_R_WRONG_VERSION_NUMBER)) {
    why = "the peer's answer isn't TLS";
  } else {
    why = TakeOpenSslError();
  }
  ERR_clear_error();
  return absl::UnavailableError(why);
}

using Done = absl::AnyInvocable<void(absl::Status)>;

// Takes `step`, a call of OpenSSL, again whenever the socket is ready for it, until it succeeds or
// fails for good. OutOfRange: the peer has ended the stream.
void Repeat(ConnectionPtr connection, absl::AnyInvocable<int()> step, Done done) {
  if (connection->closed) return;
  if (connection->broken) return done(absl::UnavailableError("TLS has failed before"));
  ERR_clear_error();
  const int result = step();
  if (result == 1) return done(absl::OkStatus());
  const int error = SSL_get_error(connection->ssl.get(), result);
  if (error == SSL_ERROR_ZERO_RETURN) return done(absl::OutOfRangeError("ended"));
  if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
    return done(Failure(connection.get(), error));
  }
  Socket& socket = connection->socket;
  socket.async_wait(error == SSL_ERROR_WANT_READ ? Socket::wait_read : Socket::wait_write,
                    [connection = std::move(connection), step = std::move(step),
                     done = std::move(done)](error_code error) mutable {
                      if (connection->closed) return;
                      if (error) return done(absl::UnavailableError(error.message()));
                      Repeat(std::move(connection), std::move(step), std::move(done));
                    });
}

// The same, from the loop.
void Begin(const ConnectionPtr& connection, absl::AnyInvocable<int()> step, Done done) {
  asio::post(connection->socket.get_executor(),
             [connection, step = std::move(step), done = std::move(done)]() mutable {
               Repeat(std::move(connection), std::move(step), std::move(done));
             });
}

// For who doesn't read, the end of the stream is a failure too.
absl::Status WithoutEnd(absl::Status status) {
  return absl::IsOutOfRange(status) ? absl::UnavailableError("the peer has ended the connection")
                                    : status;
}

void Close(Connection* connection) {
  connection->closed = true;
  if (connection->established && !connection->broken) {
    SSL_shutdown(connection->ssl.get());  // Says farewell, if there is room for it.
    ERR_clear_error();
  }
  error_code ignored;
  connection->socket.close(ignored);
}

class TlsStream final : public ByteStream {
 public:
  explicit TlsStream(ConnectionPtr connection) : connection_(std::move(connection)) {}
  ~TlsStream() override { Close(connection_.get()); }

  void Write(std::string bytes, Done done) override {
    connection_->output = std::move(bytes);
    Begin(
        connection_,
        [connection = connection_.get()] {
          const std::string& output = connection->output;
          size_t written;
          if (output.empty()) return 1;
          return SSL_write_ex(connection->ssl.get(), output.data(), output.size(), &written);
        },
        [connection = connection_.get(), done = std::move(done)](absl::Status status) mutable {
          connection->output = {};
          done(WithoutEnd(std::move(status)));
        });
  }

  void Read(absl::AnyInvocable<void(absl::StatusOr<absl::string_view>)> done) override {
    Begin(
        connection_,
        [connection = connection_.get()] {
          return SSL_read_ex(connection->ssl.get(), connection->input.data(),
                             connection->input.size(), &connection->received);
        },
        [connection = connection_.get(), done = std::move(done)](absl::Status status) mutable {
          if (!status.ok() && !absl::IsOutOfRange(status)) return done(std::move(status));
          done(absl::string_view(connection->input.data(), status.ok() ? connection->received : 0));
        });
  }

 private:
  const ConnectionPtr connection_;
};

// A handshake that goes on, or has gone (no connection).
struct Handshake {
  ConnectionPtr connection;
};

class PendingHandshake final : public Pending {
 public:
  explicit PendingHandshake(std::shared_ptr<Handshake> handshake)
      : handshake_(std::move(handshake)) {}
  ~PendingHandshake() override {
    if (handshake_->connection != nullptr) Close(handshake_->connection.get());
  }

 private:
  const std::shared_ptr<Handshake> handshake_;
};

}  // namespace

std::unique_ptr<Pending> StartTls(
    AsioEventLoop* loop, UniqueFd socket, SslPtr session,
    absl::AnyInvocable<void(absl::StatusOr<std::unique_ptr<ByteStream>>)> done) {
  const auto connection =
      std::make_shared<Connection>(Socket(loop->io_context()), std::move(session));
  const auto handshake = std::make_shared<Handshake>(Handshake{connection});
  auto finish = [handshake, done = std::move(done)](absl::Status status) mutable {
    const ConnectionPtr connection = std::exchange(handshake->connection, nullptr);
    connection->established = status.ok();
    std::unique_ptr<ByteStream> stream = std::make_unique<TlsStream>(connection);
    if (!status.ok()) return done(std::move(status));
    done(std::move(stream));
  };
  error_code error;
  // Nothing is asked of the protocol but that it is a stream.
  connection->socket.assign({AF_UNSPEC, 0}, socket.get(), error);
  if (error) {
    asio::post(loop->io_context(), [connection, error, finish = std::move(finish)]() mutable {
      if (!connection->closed) finish(absl::UnavailableError(error.message()));
    });
  } else {
    static_cast<void>(socket.Release());  // The other socket's now.
    BIO* const bio = NewBio(connection.get());
    SSL_set_bio(connection->ssl.get(), bio, bio);
    Begin(
        connection,
        [connection = connection.get()] { return SSL_do_handshake(connection->ssl.get()); },
        [finish = std::move(finish)](absl::Status status) mutable {
          finish(WithoutEnd(std::move(status)));
        });
  }
  return std::make_unique<PendingHandshake>(handshake);
}

}  // namespace mesos_executor
