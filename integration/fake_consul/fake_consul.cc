#include "integration/fake_consul/fake_consul.h"

#include <glog/logging.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <deque>
#include <future>
#include <set>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "supervisor/event_loop/asio_event_loop.h"

namespace mesos_executor::fake_consul {
namespace {

namespace http = boost::beast::http;
using boost::asio::ip::tcp;
using boost::system::error_code;
using Silence = FakeConsul::Silence;

constexpr size_t kMaxRequests = 10'000;
constexpr size_t kMaxBody = 1 << 20;

std::string ToString(boost::beast::string_view text) { return {text.data(), text.size()}; }

std::string TokenOf(const http::request<http::string_body>& request) {
  const auto header = request.find("X-Consul-Token");
  if (header != request.end()) return ToString(header->value());
  const std::string authorization = ToString(request[http::field::authorization]);
  absl::string_view bearer = authorization;
  return absl::ConsumePrefix(&bearer, "Bearer ") ? std::string(bearer) : "";
}

}  // namespace

// All but the constructor and the destructor runs on the loop's thread.
class FakeConsul::Server {
 public:
  // Runs `function` on the loop's thread and waits for it.
  template <typename F>
  auto Call(F function) {
    std::packaged_task<decltype(function())()> task(std::move(function));
    auto done = task.get_future();
    loop_.Post([&task] { task(); });
    return done.get();
  }

  explicit Server(const std::string& token) : catalogue_(token), reserved_(loop_.io_context()) {
    error_code error;
    reserved_.open(tcp::v4(), error);
    CHECK(!error) << error.message();
    // While this socket is bound, nobody else is given its port; with SO_REUSEADDR on both, another
    // one of ours may listen.
    reserved_.set_option(tcp::acceptor::reuse_address(true), error);
    reserved_.bind({boost::asio::ip::address_v4::loopback(), 0}, error);
    CHECK(!error) << error.message();
    port_ = reserved_.local_endpoint(error).port();
    Listen();
    thread_ = std::thread([this] { loop_.Run(); });
  }

  ~Server() {
    Call([this] { Close(); });
    loop_.Stop();
    thread_.join();
  }

  void Listen() {
    error_code error;
    acceptor_ = std::make_unique<tcp::acceptor>(loop_.io_context());
    acceptor_->open(tcp::v4(), error);
    acceptor_->set_option(tcp::acceptor::reuse_address(true), error);
    acceptor_->bind({boost::asio::ip::address_v4::loopback(), port_}, error);
    CHECK(!error) << error.message();
    acceptor_->listen(boost::asio::socket_base::max_listen_connections, error);
    CHECK(!error) << error.message();
    Accept();
  }

  void Close() {
    acceptor_.reset();
    for (const auto& connection : std::exchange(connections_, {})) {
      error_code ignored;
      connection->socket.close(ignored);
    }
  }

  Catalogue& catalogue() { return catalogue_; }
  const std::deque<std::string>& requests() const { return requests_; }
  uint16_t port() const { return port_; }
  void set_silence(Silence silence) { silence_ = silence; }

 private:
  struct Connection {
    explicit Connection(tcp::socket accepted) : socket(std::move(accepted)) {}
    tcp::socket socket;
    boost::beast::flat_buffer buffer;
    std::unique_ptr<http::request_parser<http::string_body>> parser;
    http::response<http::string_body> response;
  };
  using ConnectionPtr = std::shared_ptr<Connection>;

  void Accept() {
    acceptor_->async_accept([this](error_code error, tcp::socket socket) {
      if (error == boost::asio::error::operation_aborted || acceptor_ == nullptr) return;
      if (!error) {
        auto connection = std::make_shared<Connection>(std::move(socket));
        connections_.insert(connection);
        Read(connection);
      }
      Accept();
    });
  }

  void Read(const ConnectionPtr& connection) {
    connection->parser = std::make_unique<http::request_parser<http::string_body>>();
    connection->parser->body_limit(kMaxBody);
    http::async_read(connection->socket, connection->buffer, *connection->parser,
                     [this, connection](error_code error, size_t) {
                       if (error) {
                         connections_.erase(connection);
                       } else {
                         Answer(connection);
                       }
                     });
  }

  void Answer(const ConnectionPtr& connection) {
    const auto& request = connection->parser->get();
    Question question{.method = ToString(request.method_string()),
                      .target = ToString(request.target()),
                      .token = TokenOf(request),
                      .body = request.body()};
    requests_.push_back(absl::StrCat(question.method, " ", question.target));
    if (requests_.size() > kMaxRequests) requests_.pop_front();
    if (silence_ == Silence::kIgnores) return;
    const Reply reply = catalogue_.Answer(question);
    if (silence_ == Silence::kCarriesOut) return;
    auto& response = connection->response;
    response = {};
    response.version(request.version());
    response.keep_alive(request.keep_alive());
    response.result(static_cast<unsigned>(reply.status));
    if (!reply.allow.empty()) response.set(http::field::allow, reply.allow);
    if (!reply.body.empty()) {
      response.set(http::field::content_type,
                   reply.json ? "application/json" : "text/plain; charset=utf-8");
    }
    response.body() = reply.body;
    response.prepare_payload();
    http::async_write(connection->socket, response, [this, connection](error_code error, size_t) {
      if (error || !connection->response.keep_alive()) {
        connections_.erase(connection);
      } else {
        Read(connection);
      }
    });
  }

  AsioEventLoop loop_;
  Catalogue catalogue_;
  tcp::acceptor reserved_;
  uint16_t port_ = 0;
  std::unique_ptr<tcp::acceptor> acceptor_;
  std::set<ConnectionPtr> connections_;
  std::deque<std::string> requests_;
  Silence silence_ = Silence::kOff;
  std::thread thread_;
};

FakeConsul::FakeConsul(const std::string& token) : server_(std::make_unique<Server>(token)) {}
FakeConsul::~FakeConsul() = default;

uint16_t FakeConsul::port() const { return server_->port(); }
std::string FakeConsul::address() const { return absl::StrCat("127.0.0.1:", port()); }

std::map<std::string, Service> FakeConsul::Services() const {
  return server_->Call([this] { return server_->catalogue().services(); });
}

void FakeConsul::Remove(const std::string& id) {
  server_->Call([this, &id] { server_->catalogue().Remove(id); });
}

std::vector<std::string> FakeConsul::Requests() const {
  return server_->Call([this] {
    return std::vector<std::string>(server_->requests().begin(), server_->requests().end());
  });
}

void FakeConsul::SetSilence(Silence silence) {
  server_->Call([this, silence] { server_->set_silence(silence); });
}

void FakeConsul::Stop() {
  server_->Call([this] { server_->Close(); });
}

void FakeConsul::StartEmpty() {
  server_->Call([this] {
    server_->Close();
    server_->catalogue().Clear();
    server_->Listen();
  });
}

}  // namespace mesos_executor::fake_consul
