#include "integration/dev_agent/http_server.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace mesos_executor::dev_agent {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

// Far beyond any call of an executor.
constexpr uint64_t kMaxBody = 64 << 20;

class Server;

class Connection final : public Exchange, public std::enable_shared_from_this<Connection> {
 public:
  Connection(tcp::socket socket, std::shared_ptr<HttpServer::Handler> handler)
      : socket_(std::move(socket)), handler_(std::move(handler)) {}

  void Read() {
    parser_.emplace();
    parser_->body_limit(kMaxBody);
    // A read goes on also while a stream is written: that is how a closed connection is noticed.
    http::async_read(
        socket_, buffer_, *parser_,
        [self = shared_from_this()](error_code error, size_t) { self->OnRead(error); });
  }

  void Answer(std::string bytes) override {
    busy_ = false;
    Write(std::move(bytes));
    Read();
  }

  void BeginStream(std::string head, absl::AnyInvocable<void()> on_gone) override {
    on_gone_ = std::move(on_gone);
    Write(std::move(head));
    Read();
  }

  void Write(std::string bytes) override {
    if (!socket_.is_open()) return;
    writes_.push_back(std::move(bytes));
    if (writes_.size() == 1) WriteNext();
  }

  void EndStream(std::string last) override {
    Write(std::move(last));
    on_gone_ = nullptr;
    busy_ = false;
    if (std::exchange(request_waits_, false)) Handle();
  }

  void Abort() override {
    on_gone_ = nullptr;
    Close();
  }

 private:
  void OnRead(error_code error) {
    if (error) {
      Close();
      return;
    }
    if (busy_) {
      request_waits_ = true;
    } else {
      Handle();
    }
  }

  void Handle() {
    busy_ = true;
    auto request = parser_->release();
    RawCall call;
    call.method = std::string(request.method_string());
    call.path = std::string(request.target().substr(0, request.target().find('?')));
    if (const auto header = request.find(http::field::content_type); header != request.end()) {
      call.content_type = std::string(header->value());
    }
    if (const auto header = request.find(http::field::accept); header != request.end()) {
      call.accept = std::string(header->value());
    }
    call.body = std::move(request.body());
    (*handler_)(std::move(call), shared_from_this());
  }

  void WriteNext() {
    asio::async_write(socket_, asio::buffer(writes_.front()),
                      [self = shared_from_this()](error_code error, size_t) {
                        if (error) {
                          self->Close();
                          return;
                        }
                        self->writes_.pop_front();
                        if (!self->writes_.empty()) self->WriteNext();
                      });
  }

  void Close() {
    error_code ignored;
    socket_.close(ignored);
    if (auto gone = std::exchange(on_gone_, nullptr)) gone();
  }

  tcp::socket socket_;
  const std::shared_ptr<HttpServer::Handler> handler_;
  boost::beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  // Between a request and the end of its answer.
  bool busy_ = false;
  // A request that came meanwhile is in parser_.
  bool request_waits_ = false;
  std::deque<std::string> writes_;
  absl::AnyInvocable<void()> on_gone_;
};

class Server final : public HttpServer {
 public:
  Server(tcp::acceptor acceptor, Handler handler)
      : acceptor_(std::move(acceptor)), handler_(std::make_shared<Handler>(std::move(handler))) {
    Accept();
  }

  ~Server() override {
    for (const auto& weak : connections_) {
      if (const auto connection = weak.lock()) connection->Abort();
    }
  }

  uint16_t port() const override {
    error_code ignored;
    return acceptor_.local_endpoint(ignored).port();
  }

 private:
  void Accept() {
    acceptor_.async_accept([this](error_code error, tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (!error) {
        error_code ignored;
        socket.set_option(tcp::no_delay(true), ignored);
        auto connection = std::make_shared<Connection>(std::move(socket), handler_);
        std::erase_if(connections_, [](const auto& weak) { return weak.expired(); });
        connections_.push_back(connection);
        connection->Read();
      }
      Accept();
    });
  }

  tcp::acceptor acceptor_;
  const std::shared_ptr<Handler> handler_;
  std::vector<std::weak_ptr<Connection>> connections_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Listen(AsioEventLoop* loop,
                                                               Handler handler) {
  tcp::acceptor acceptor(loop->io_context());
  error_code error;
  acceptor.open(tcp::v4(), error);
  if (!error) acceptor.bind(tcp::endpoint(asio::ip::address_v4::loopback(), 0), error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    return absl::UnavailableError(absl::StrCat("cannot listen on 127.0.0.1: ", error.message()));
  }
  return std::make_unique<Server>(std::move(acceptor), std::move(handler));
}

}  // namespace mesos_executor::dev_agent
