#include "supervisor/base/http_client.h"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "supervisor/base/connect.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using Parser = http::response_parser<http::string_body>;
using Stream = asio::generic::stream_protocol;

constexpr size_t kMaxHeader = 32 << 10;

// RFC 9110, 5.6.2.
bool IsToken(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

// One line of a header must stay one line.
bool IsFieldValue(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](unsigned char c) { return absl::ascii_iscntrl(c) && c != '\t'; });
}

bool IsTarget(std::string_view text) {
  return text.starts_with("/") &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return c > ' ' && c < 0x7f; });
}

absl::Status CheckRequest(const HttpRequest& request) {
  if (!IsToken(request.method)) return absl::InvalidArgumentError("the method isn't a token");
  if (!IsTarget(request.target)) {
    return absl::InvalidArgumentError(
        "the target must start with / and have neither blanks nor bytes outside ASCII: encode them "
        "as %XX");
  }
  if (!IsFieldValue(request.host)) {
    return absl::InvalidArgumentError("the host has control characters");
  }
  for (const auto& [name, value] : request.headers) {
    if (!IsToken(name)) return absl::InvalidArgumentError("the name of a header isn't a token");
    if (!IsFieldValue(value)) {
      return absl::InvalidArgumentError(absl::StrCat("header ", name, " has control characters"));
    }
  }
  if (request.timeout <= absl::ZeroDuration()) {
    return absl::InvalidArgumentError("the timeout must be positive");
  }
  return absl::OkStatus();
}

std::string DefaultHost(const Endpoint& endpoint) {
  return std::holds_alternative<TcpEndpoint>(endpoint) ? EndpointName(endpoint) : "localhost";
}

std::string Serialize(const HttpRequest& request) {
  std::string wire = absl::StrCat(
      request.method, " ", request.target,
      " HTTP/1.1\r\nHost: ", request.host.empty() ? DefaultHost(request.endpoint) : request.host,
      "\r\nConnection: close\r\n");
  for (const auto& [name, value] : request.headers) {
    absl::StrAppend(&wire, name, ": ", value, "\r\n");
  }
  if (!request.body.empty() || request.method != "GET") {
    absl::StrAppend(&wire, "Content-Length: ", request.body.size(), "\r\n");
  }
  absl::StrAppend(&wire, "\r\n", request.body);
  return wire;
}

HttpResponse FromBeast(http::response<http::string_body> message) {
  HttpResponse response{.status = static_cast<int>(message.result_int())};
  for (const auto& field : message) {
    response.headers.emplace_back(field.name_string(), field.value());
  }
  response.body = std::move(message.body());
  return response;
}

// One request and its connection. Kept alive by the handlers of the operation that is under way.
class Exchange final : public std::enable_shared_from_this<Exchange> {
 public:
  Exchange(AsioEventLoop* loop, HttpRequest request, HttpClient::Done done)
      : loop_(loop),
        request_(std::move(request)),
        done_(std::move(done)),
        socket_(loop->io_context()) {}

  void Start() {
    if (absl::Status checked = CheckRequest(request_); !checked.ok()) {
      asio::post(loop_->io_context(), [self = shared_from_this(), checked] {
        if (self->done_) self->Finish(checked);
      });
      return;
    }
    if (request_.timeout < absl::InfiniteDuration()) {
      deadline_ = loop_->After(request_.timeout, [this] {
        Finish(absl::DeadlineExceededError(
            absl::StrCat("no complete answer within ", absl::FormatDuration(request_.timeout))));
      });
    }
    connecting_ = Connect(loop_, request_.endpoint,
                          [this](absl::StatusOr<UniqueFd> fd) { Connected(std::move(fd)); });
  }

  // No callback any more, and nothing stays open.
  void End() {
    done_ = nullptr;
    deadline_.reset();
    connecting_.reset();
    error_code ignored;
    socket_.close(ignored);
  }

 private:
  void Connected(absl::StatusOr<UniqueFd> fd) {
    if (!fd.ok()) return Finish(fd.status());
    // Nothing is asked of the protocol but that it is a stream.
    error_code error;
    socket_.assign(Stream(AF_UNSPEC, 0), fd->get(), error);
    if (error) return Finish(absl::UnavailableError(error.message()));
    static_cast<void>(fd->Release());  // The socket's now.
    step_ = "sending to";
    wire_ = Serialize(request_);
    asio::async_write(socket_, asio::buffer(wire_),
                      [self = shared_from_this()](error_code error, size_t) { self->Sent(error); });
  }

  void Sent(error_code error) {
    if (!done_) return;
    if (error) return Finish(absl::UnavailableError(error.message()));
    step_ = "reading from";
    buffer_.reserve(4 << 10);
    ReadHeader();
  }

  // In two steps: Beast 1.74 forgets that a body is too long where it came along with the header.
  void ReadHeader() {
    parser_.emplace();
    parser_->header_limit(kMaxHeader);
    parser_->body_limit(request_.max_body);
    http::async_read_header(
        socket_, buffer_, *parser_,
        [self = shared_from_this()](error_code error, size_t) { self->HeaderRead(error); });
  }

  void HeaderRead(error_code error) {
    if (!done_) return;
    if (error) return ReadFailed(error);
    // RFC 9110, 15.2: a client must be able to skip interim answers that it didn't ask for.
    if (parser_->get().result_int() / 100 == 1) return ReadHeader();
    http::async_read(
        socket_, buffer_, *parser_,
        [self = shared_from_this()](error_code error, size_t) { self->BodyRead(error); });
  }

  void BodyRead(error_code error) {
    if (!done_) return;
    if (error) return ReadFailed(error);
    Finish(FromBeast(parser_->release()));
  }

  void ReadFailed(error_code error) {
    if (error == http::error::body_limit && request_.cut_long_body) {
      return Finish(FromBeast(std::move(parser_->get())));
    }
    Finish(ReadError(error));
  }

  absl::Status ReadError(error_code error) const {
    if (error == http::error::body_limit) {
      return absl::ResourceExhaustedError(
          absl::StrCat("the answer's body has more than ", request_.max_body, " bytes"));
    }
    if (error == http::error::header_limit || error == http::error::buffer_overflow) {
      return absl::ResourceExhaustedError(
          absl::StrCat("the answer's header has more than ", kMaxHeader, " bytes"));
    }
    if (error == http::error::end_of_stream) {
      return absl::UnavailableError("closed without an answer");
    }
    if (error == http::error::partial_message) {
      return absl::UnavailableError("closed in mid-answer");
    }
    if (error.category() == http::make_error_code(http::error::bad_version).category()) {
      return absl::InternalError(absl::StrCat("the answer isn't HTTP/1.1: ", error.message()));
    }
    return absl::UnavailableError(error.message());
  }

  void Finish(absl::StatusOr<HttpResponse> result) {
    const auto self = shared_from_this();  // `done` may destroy the last other owner.
    auto done = std::move(done_);
    End();
    if (!result.ok()) {
      result = absl::Status(result.status().code(),
                            absl::StrCat(step_, " ", EndpointName(request_.endpoint), ": ",
                                         result.status().message()));
    }
    done(std::move(result));
  }

  AsioEventLoop* const loop_;
  const HttpRequest request_;
  HttpClient::Done done_;
  Stream::socket socket_;
  std::unique_ptr<Pending> deadline_;
  std::unique_ptr<Pending> connecting_;
  const char* step_ = "connecting to";
  std::string wire_;
  boost::beast::flat_buffer buffer_{2 * kMaxHeader};
  std::optional<Parser> parser_;
};

class PendingExchange final : public Pending {
 public:
  explicit PendingExchange(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}
  ~PendingExchange() override { exchange_->End(); }

 private:
  const std::shared_ptr<Exchange> exchange_;
};

class BeastHttpClient final : public HttpClient {
 public:
  explicit BeastHttpClient(AsioEventLoop* loop) : loop_(loop) {}

  std::unique_ptr<Pending> Send(HttpRequest request, Done done) override {
    auto exchange = std::make_shared<Exchange>(loop_, std::move(request), std::move(done));
    exchange->Start();
    return std::make_unique<PendingExchange>(std::move(exchange));
  }

 private:
  AsioEventLoop* const loop_;
};

}  // namespace

std::string HttpResponse::Header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (boost::beast::iequals(key, {name.data(), name.size()})) return value;
  }
  return "";
}

std::unique_ptr<HttpClient> NewHttpClient(AsioEventLoop* loop) {
  return std::make_unique<BeastHttpClient>(loop);
}

}  // namespace mesos_executor
