#include "integration/testtasks/http_service/server.h"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <chrono>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"

namespace mesos_executor::http_service {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using Request = http::request<http::string_body>;
using Response = http::response<http::string_body>;

constexpr std::chrono::seconds kPatience(30);

bool IsQuit(const Request& request) {
  return request.method() == http::verb::post && request.target() == "/quit";
}

Response Answer(const Request& request, bool* healthy) {
  const bool get = request.method() == http::verb::get;
  const bool post = request.method() == http::verb::post;
  const auto target = request.target();
  Response response(http::status::ok, 11);
  response.set(http::field::content_type, "text/plain");
  response.keep_alive(false);
  if (get && target == "/") {
    response.body() = "Hello from a task of Mesos.\n";
  } else if (get && target == "/health") {
    if (!*healthy) response.result(http::status::service_unavailable);
    response.body() = *healthy ? "ok" : "sick";
  } else if (post && (target == "/sick" || target == "/well")) {
    *healthy = target == "/well";
    response.body() = *healthy ? "well\n" : "sick\n";
  } else if (IsQuit(request)) {
    response.body() = "bye\n";
  } else {
    response.result(http::status::not_found);
    response.body() = "not found\n";
  }
  response.content_length(response.body().size());
  return response;
}

// One connection. Kept alive by the operation that is under way.
class Session final : public std::enable_shared_from_this<Session> {
 public:
  Session(asio::ip::tcp::socket socket, asio::io_context* io_context, bool* healthy)
      : stream_(std::move(socket)), io_context_(io_context), healthy_(healthy) {}

  void Start() {
    stream_.expires_after(kPatience);
    http::async_read(stream_, buffer_, request_,
                     [self = shared_from_this()](error_code error, size_t) {
                       if (!error) self->Write();
                     });
  }

 private:
  void Write() {
    response_ = Answer(request_, healthy_);
    http::async_write(stream_, response_, [self = shared_from_this()](error_code, size_t) {
      if (IsQuit(self->request_)) self->io_context_->stop();
    });
  }

  beast::tcp_stream stream_;
  asio::io_context* const io_context_;
  bool* const healthy_;
  beast::flat_buffer buffer_{64 << 10};
  Request request_;
  Response response_;
};

}  // namespace

Server::Server(asio::io_context* io_context) : io_context_(io_context), acceptor_(*io_context) {}

absl::Status Server::Listen(uint16_t port) {
  const asio::ip::tcp::endpoint endpoint(asio::ip::address_v4::loopback(), port);
  error_code error;
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    return absl::UnavailableError(
        absl::StrCat("listening on 127.0.0.1:", port, ": ", error.message()));
  }
  Accept();
  return absl::OkStatus();
}

uint16_t Server::port() const {
  error_code error;
  return acceptor_.local_endpoint(error).port();
}

void Server::Accept() {
  acceptor_.async_accept([this](error_code error, asio::ip::tcp::socket socket) {
    if (error == asio::error::operation_aborted) return;
    if (!error) std::make_shared<Session>(std::move(socket), io_context_, &healthy_)->Start();
    Accept();
  });
}

}  // namespace mesos_executor::http_service
