#include "integration/fake_vaas/http_stand_in.h"

#include <glog/logging.h>
#include <sys/socket.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace mesos_executor::fake_vaas {
namespace {

namespace http = boost::beast::http;
using boost::asio::ip::tcp;
using boost::system::error_code;

constexpr size_t kMaxBody = 1 << 20;

std::string ToString(boost::beast::string_view text) { return {text.data(), text.size()}; }

// One connection, kept alive by what is under way on it.
class Connection final : public std::enable_shared_from_this<Connection> {
 public:
  // `closed` is called when it has ended by itself.
  Connection(tcp::socket socket, HttpStandIn::Handler* handler,
             absl::AnyInvocable<void(Connection*)> closed)
      : socket_(std::move(socket)), handler_(handler), closed_(std::move(closed)) {}

  void Read() {
    parser_ = std::make_unique<http::request_parser<http::string_body>>();
    parser_->body_limit(kMaxBody);
    http::async_read(socket_, buffer_, *parser_,
                     [self = shared_from_this()](error_code error, size_t) {
                       if (error || !self->socket_.is_open()) return self->End();
                       self->Handle();
                     });
  }

  // For good, and without a word to its owner.
  void Close() {
    closed_ = nullptr;
    error_code ignored;
    socket_.close(ignored);
  }

 private:
  void Handle() {
    const auto& request = parser_->get();
    Question question{.method = ToString(request.method_string()),
                      .target = ToString(request.target()),
                      .authorization = ToString(request[http::field::authorization]),
                      .prefer = ToString(request["Prefer"]),
                      .content_type = ToString(request[http::field::content_type]),
                      .body = request.body()};
    waiting_ = true;
    WatchEnd();
    (*handler_)(question, [weak = weak_from_this()](const Reply& reply) {
      if (const auto self = weak.lock()) self->Write(reply);
    });
  }

  // A peer that has given up waiting closes its end.
  void WatchEnd() {
    socket_.async_wait(tcp::socket::wait_read, [weak = weak_from_this()](error_code) {
      const auto self = weak.lock();
      if (self == nullptr || !self->waiting_ || !self->socket_.is_open()) return;
      char byte;
      const int got = recv(self->socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
      if (got == 0) self->End();
    });
  }

  void Write(const Reply& reply) {
    if (!socket_.is_open() || !waiting_) return;
    waiting_ = false;
    response_ = {};
    response_.version(parser_->get().version());
    response_.keep_alive(parser_->get().keep_alive());
    response_.result(static_cast<unsigned>(reply.status));
    if (!reply.location.empty()) response_.set(http::field::location, reply.location);
    if (!reply.content_type.empty()) response_.set(http::field::content_type, reply.content_type);
    response_.body() = reply.body;
    response_.prepare_payload();
    http::async_write(socket_, response_, [self = shared_from_this()](error_code error, size_t) {
      if (error || !self->response_.keep_alive()) return self->End();
      self->Read();
    });
  }

  void End() {
    auto closed = std::exchange(closed_, nullptr);
    Close();
    if (closed) closed(this);
  }

  tcp::socket socket_;
  HttpStandIn::Handler* const handler_;
  absl::AnyInvocable<void(Connection*)> closed_;
  boost::beast::flat_buffer buffer_;
  std::unique_ptr<http::request_parser<http::string_body>> parser_;
  http::response<http::string_body> response_;
  bool waiting_ = false;
};

class Server final : public HttpStandIn {
 public:
  Server(AsioEventLoop* loop, Handler handler)
      : loop_(*loop), handler_(std::move(handler)), reserved_(loop->io_context()) {}
  ~Server() override { Stop(); }

  absl::Status Reserve(uint16_t port) {
    error_code error;
    reserved_.open(tcp::v4(), error);
    if (!error) reserved_.set_option(tcp::acceptor::reuse_address(true), error);
    // While this socket is bound, nobody else is given its port; with SO_REUSEADDR on both, another
    // one of ours may listen.
    if (!error) reserved_.bind({boost::asio::ip::address_v4::loopback(), port}, error);
    if (!error) port_ = reserved_.local_endpoint(error).port();
    if (!error) error = Start();
    if (!error) return absl::OkStatus();
    return absl::UnavailableError(
        absl::StrCat("cannot listen on 127.0.0.1:", port, ": ", error.message()));
  }

  uint16_t port() const override { return port_; }

  void Stop() override {
    acceptor_.reset();
    for (const auto& connection : std::exchange(connections_, {})) connection->Close();
  }

  void StartAgain() override {
    const error_code error = Start();
    CHECK(!error) << error.message();
  }

 private:
  error_code Start() {
    error_code error;
    auto acceptor = std::make_shared<tcp::acceptor>(loop_.io_context());
    acceptor->open(tcp::v4(), error);
    if (!error) acceptor->set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor->bind({boost::asio::ip::address_v4::loopback(), port_}, error);
    if (!error) acceptor->listen(boost::asio::socket_base::max_listen_connections, error);
    if (error) return error;
    acceptor_ = std::move(acceptor);
    Accept();
    return error;
  }

  void Accept() {
    acceptor_->async_accept([this, weak = std::weak_ptr<tcp::acceptor>(acceptor_)](
                                error_code error, tcp::socket socket) {
      if (weak.expired()) return;  // And perhaps this object with it.
      if (!error) {
        const auto connection = std::make_shared<Connection>(
            std::move(socket), &handler_,
            [this](Connection* ended) { connections_.erase(ended->shared_from_this()); });
        connections_.insert(connection);
        connection->Read();
      }
      Accept();
    });
  }

  AsioEventLoop& loop_;
  Handler handler_;
  tcp::acceptor reserved_;
  uint16_t port_ = 0;
  std::shared_ptr<tcp::acceptor> acceptor_;
  std::set<std::shared_ptr<Connection>> connections_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<HttpStandIn>> HttpStandIn::Listen(AsioEventLoop* loop, uint16_t port,
                                                                 Handler handler) {
  auto server = std::make_unique<Server>(loop, std::move(handler));
  if (auto status = server->Reserve(port); !status.ok()) return status;
  return server;
}

}  // namespace mesos_executor::fake_vaas
