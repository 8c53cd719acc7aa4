#include "supervisor/base/http_client.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "supervisor/base/beast_feed.h"
#include "supervisor/base/byte_stream.h"
#include "supervisor/base/connect.h"
#include "supervisor/base/http_target.h"
#include "supervisor/base/tls_stream.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor {
namespace {

namespace http = boost::beast::http;
using boost::system::error_code;
using Parser = http::response_parser<http::string_body>;

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

absl::Status CheckRequest(const HttpRequest& request) {
  if (!IsToken(request.method)) return absl::InvalidArgumentError("the method isn't a token");
  if (absl::Status target = CheckHttpTarget(request.target); !target.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("the target ", target.message()));
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

// One request and its connection.
class Exchange final : public Pending {
 public:
  Exchange(AsioEventLoop* loop, HttpRequest request, HttpClient::Done done)
      : loop_(loop), request_(std::move(request)), done_(std::move(done)) {
    if (absl::Status checked = CheckRequest(request_); !checked.ok()) {
      deadline_ = loop_->After(absl::ZeroDuration(), [this, checked] { Finish(checked); });
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

 private:
  void Connected(absl::StatusOr<UniqueFd> fd) {
    if (!fd.ok()) return Finish(fd.status());
    if (request_.tls == nullptr) return Opened(NewByteStream(loop_, *std::move(fd)));
    step_ = "TLS handshake with";
    absl::StatusOr<SslPtr> session = request_.tls->NewSession(request_.endpoint);
    if (!session.ok()) return Finish(session.status());
    connecting_ = StartTls(
        loop_, *std::move(fd), *std::move(session),
        [this](absl::StatusOr<std::unique_ptr<ByteStream>> stream) { Opened(std::move(stream)); });
  }

  void Opened(absl::StatusOr<std::unique_ptr<ByteStream>> stream) {
    if (!stream.ok()) return Finish(stream.status());
    stream_ = *std::move(stream);
    step_ = "sending to";
    stream_->Write(Serialize(request_), [this](absl::Status sent) {
      if (!sent.ok()) return Finish(std::move(sent));
      step_ = "reading from";
      NewParser();
      Read();
    });
  }

  void NewParser() {
    parser_.emplace();
    parser_->header_limit(kMaxHeader);
    parser_->body_limit(request_.max_body);
  }

  void Read() {
    stream_->Read([this](absl::StatusOr<absl::string_view> bytes) {
      if (!bytes.ok()) return Finish(absl::AbortedError(bytes.status().message()));
      if (bytes->empty()) return TakeEnd();
      unparsed_.append(bytes->data(), bytes->size());
      Parse();
    });
  }

  void Parse() {
    error_code error;
    while (!unparsed_.empty() && error != http::error::need_more) {
      feed_.Put(*parser_, unparsed_, error);
      if (error && error != http::error::need_more) return ParseFailed(error);
      if (!parser_->is_done()) continue;
      if (parser_->get().result_int() / 100 != 1) return Finish(FromBeast(parser_->release()));
      // RFC 9110, 15.2: a client must be able to skip interim answers that it didn't ask for.
      NewParser();
    }
    // Beast bounds the header, but not a chunk's.
    if (unparsed_.size() > kMaxHeader) return ParseFailed(http::error::header_limit);
    Read();
  }

  void TakeEnd() {
    error_code error = http::error::end_of_stream;
    if (parser_->got_some()) parser_->put_eof(error);
    if (error) return ParseFailed(error);
    Finish(FromBeast(parser_->release()));
  }

  void ParseFailed(error_code error) {
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
    if (error == http::error::header_limit) {
      return absl::ResourceExhaustedError(
          absl::StrCat("the answer's header has more than ", kMaxHeader, " bytes"));
    }
    if (error == http::error::end_of_stream) {
      return absl::AbortedError("closed without an answer");
    }
    if (error == http::error::partial_message) {
      return absl::AbortedError("closed in mid-answer");
    }
    return absl::InternalError(absl::StrCat("the answer isn't HTTP/1.1: ", error.message()));
  }

  // Nothing stays open, and `done` may destroy this.
  void Finish(absl::StatusOr<HttpResponse> result) {
    deadline_.reset();
    connecting_.reset();
    stream_.reset();
    if (!result.ok()) {
      result = absl::Status(result.status().code(),
                            absl::StrCat(step_, " ", EndpointName(request_.endpoint), ": ",
                                         result.status().message()));
    }
    auto done = std::move(done_);
    done(std::move(result));
  }

  AsioEventLoop* const loop_;
  const HttpRequest request_;
  HttpClient::Done done_;
  std::unique_ptr<Pending> deadline_;
  std::unique_ptr<Pending> connecting_;
  std::unique_ptr<ByteStream> stream_;
  const char* step_ = "connecting to";
  std::string unparsed_;
  BeastFeed feed_;
  std::optional<Parser> parser_;
};

class BeastHttpClient final : public HttpClient {
 public:
  explicit BeastHttpClient(AsioEventLoop* loop) : loop_(loop) {}

  std::unique_ptr<Pending> Send(HttpRequest request, Done done) override {
    return std::make_unique<Exchange>(loop_, std::move(request), std::move(done));
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
