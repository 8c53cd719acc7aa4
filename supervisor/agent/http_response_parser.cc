#include "supervisor/agent/http_response_parser.h"

#include <boost/beast/http/basic_parser.hpp>
#include <cstdint>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "supervisor/base/beast_feed.h"

namespace mesos_executor::agent {

namespace http = boost::beast::http;
using boost::beast::string_view;
using boost::system::error_code;

namespace {

constexpr size_t kMaxHead = 8 << 10;

}  // namespace

// Beast's incremental parser; it calls the methods below.
class HttpResponseParser::Impl final : public http::basic_parser<false> {
 public:
  explicit Impl(OnBody on_body) : on_body_(std::move(on_body)) {
    // An event stream has no end: what a body may hold is the receiver's to bound. (Boost 1.74
    // takes "none" for 0 where there is a Content-Length.)
    body_limit(std::numeric_limits<std::uint64_t>::max());
    header_limit(kMaxHead);
    eager(true);
  }

  absl::Status Parse(absl::string_view bytes) {
    pending_.append(bytes.data(), bytes.size());
    while (!pending_.empty() && !is_done()) {
      error_code error;
      feed_.Put(*this, pending_, error);
      if (error == http::error::need_more) break;  // What is left is an unfinished head.
      if (error) return Failure(absl::StatusCode::kInvalidArgument, error);
    }
    if (pending_.size() > kMaxHead) {  // Beast bounds the response's head, but not a chunk's.
      return absl::InvalidArgumentError("the agent's answer: the head of a chunk is too long");
    }
    if (is_done() && !pending_.empty()) {
      return absl::InvalidArgumentError("the agent's answer goes on after its end");
    }
    return absl::OkStatus();
  }

  absl::Status End() {
    if (is_done()) return absl::OkStatus();
    if (!is_header_done())
      return absl::DataLossError("the agent closed the connection without an answer");
    error_code error;
    put_eof(error);
    return error ? Failure(absl::StatusCode::kDataLoss, error) : absl::OkStatus();
  }

  int code() const { return is_header_done() ? code_ : 0; }

 private:
  static absl::Status Failure(absl::StatusCode code, const error_code& error) {
    return absl::Status(code, absl::StrCat("the agent's answer: ", error.message()));
  }

  void on_request_impl(http::verb, string_view, string_view, int, error_code&) override {}
  void on_response_impl(int code, string_view, int, error_code&) override { code_ = code; }
  void on_field_impl(http::field, string_view, string_view, error_code&) override {}
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  size_t on_body_impl(string_view body, error_code&) override { return Take(body); }
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code&) override {
    return Take(body);
  }
  void on_finish_impl(error_code&) override {}

  size_t Take(string_view body) {
    on_body_(absl::string_view(body.data(), body.size()));
    return body.size();
  }

  OnBody on_body_;
  int code_ = 0;
  std::string pending_;
  BeastFeed feed_;
};

HttpResponseParser::HttpResponseParser(OnBody on_body)
    : impl_(std::make_unique<Impl>(std::move(on_body))) {}
HttpResponseParser::~HttpResponseParser() = default;

absl::Status HttpResponseParser::Parse(absl::string_view bytes) { return impl_->Parse(bytes); }
absl::Status HttpResponseParser::End() { return impl_->End(); }
int HttpResponseParser::code() const { return impl_->code(); }
bool HttpResponseParser::done() const { return impl_->is_done(); }
bool HttpResponseParser::reusable() const { return impl_->keep_alive(); }

}  // namespace mesos_executor::agent
