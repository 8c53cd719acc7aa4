#include "integration/dev_agent/connection.h"

#include <google/protobuf/io/gzip_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <sys/socket.h>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <utility>

namespace mesos_executor::dev_agent {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

// Far beyond any call of an executor.
constexpr size_t kMaxBody = 64 << 20;

std::optional<std::string> Decompressed(const std::string& body) {
  google::protobuf::io::ArrayInputStream compressed(body.data(), static_cast<int>(body.size()));
  google::protobuf::io::GzipInputStream stream(&compressed);
  std::string text;
  const void* data = nullptr;
  int size = 0;
  while (stream.Next(&data, &size)) {
    text.append(static_cast<const char*>(data), size);
    if (text.size() > kMaxBody) return std::nullopt;
  }
  // A body that was cut short is no error to the stream: the length at its end tells (RFC 1952,
  // 2.3.1).
  const auto length = static_cast<uint32_t>(text.size());
  std::string trailer;
  for (int shift = 0; shift < 32; shift += 8) trailer += static_cast<char>(length >> shift);
  if (stream.ZlibErrorMessage() != nullptr || body.size() < 18 ||
      body.compare(body.size() - 4, 4, trailer) != 0) {
    return std::nullopt;
  }
  return text;
}

}  // namespace

class Connection::Request {
 public:
  Request() {
    parser_.body_limit(kMaxBody);
    parser_.eager(true);
  }

  // Takes what it needs from the front of `input`. False: that is no HTTP.
  bool Parse(std::string* input) {
    error_code error;
    while (!parser_.is_done() && !input->empty()) {
      const size_t used = parser_.put(asio::buffer(*input), error);
      input->erase(0, used);
      if (error == http::error::need_more) return true;
      if (error) return false;
    }
    return true;
  }

  bool complete() const { return parser_.is_done(); }
  bool keep_alive() const { return parser_.get().keep_alive(); }

  // None: the body is not what its Content-Encoding says.
  std::optional<RawCall> Release() {
    auto request = parser_.release();
    const auto header = [&](http::field name) -> std::optional<std::string> {
      const auto found = request.find(name);
      if (found == request.end()) return std::nullopt;
      return std::string(found->value());
    };
    RawCall call;
    call.method = std::string(request.method_string());
    call.path = std::string(request.target().substr(0, request.target().find('?')));
    call.content_type = header(http::field::content_type);
    call.accept = header(http::field::accept);
    call.authorization = header(http::field::authorization);
    call.body = std::move(request.body());
    if (header(http::field::content_encoding) == "gzip") {
      auto text = Decompressed(call.body);
      if (!text) return std::nullopt;
      call.body = *std::move(text);
    }
    return call;
  }

 private:
  http::request_parser<http::string_body> parser_;
};

Connection::Connection(EventLoop* loop, ServerState* state, std::unique_ptr<ByteStream> stream,
                       int socket, bool on_unix_socket)
    : loop_(loop),
      state_(state),
      stream_(std::move(stream)),
      socket_(socket),
      on_unix_socket_(on_unix_socket),
      request_(std::make_unique<Request>()) {}

Connection::~Connection() = default;

void Connection::Resume() {
  if (!stream_) return;
  // Also what has been parsed and waits.
  Parse();
  Send();
}

void Connection::Read() {
  // A read goes on also while a stream is written: that is how a closed connection is noticed.
  if (reading_ || !stream_ || (state_->frozen && state_->stop_reading)) return;
  reading_ = true;
  stream_->Read([this](absl::StatusOr<absl::string_view> bytes) {
    reading_ = false;
    const auto self = shared_from_this();
    OnBytes(std::move(bytes));
  });
}

void Connection::OnBytes(absl::StatusOr<absl::string_view> bytes) {
  if (!bytes.ok() || bytes->empty()) {
    Close("closed by the executor");
    return;
  }
  input_.append(bytes->data(), bytes->size());
  Parse();
}

void Connection::Parse() {
  if (!request_->complete() && !request_->Parse(&input_)) {
    // libprocess closes the connection too.
    Close("closed: the executor sent something that is no HTTP");
    return;
  }
  if (!request_->complete()) {
    Read();
  } else if (!busy_ && !state_->frozen) {
    Handle();
  } else if (input_.size() < kMaxBody) {
    Read();
  }
}

void Connection::Handle() {
  keep_alive_ = request_->keep_alive();
  auto call = request_->Release();
  request_ = std::make_unique<Request>();
  if (!call) {
    Close("closed: the executor sent a body that is no gzip");
    return;
  }
  busy_ = true;
  cut_.reset();
  delay_.reset();
  call->on_unix_socket = on_unix_socket_;
  state_->handle(*std::move(call), shared_from_this());
  // Whoever holds the exchange may answer it later; that the connection ends must be seen before.
  Read();
}

void Connection::Answer(std::string bytes) {
  Write(std::move(bytes));
  Finish();
}

void Connection::BeginStream(std::string head,
                             absl::AnyInvocable<void(absl::string_view)> on_gone) {
  on_gone_ = std::move(on_gone);
  Write(std::move(head));
}

void Connection::Write(std::string bytes) {
  if (!stream_ || close_when_sent_) return;
  if (cut_) {
    const bool all = bytes.size() < cut_->bytes;
    if (!all) {
      bytes.resize(cut_->bytes);
      close_when_sent_ = true;
      close_reason_ = cut_->reset ? "reset by a fault" : "cut by a fault";
    }
    cut_->bytes -= bytes.size();
  }
  if (!bytes.empty()) output_.push_back(std::move(bytes));
  Send();
}

void Connection::EndStream(std::string last) {
  Write(std::move(last));
  on_gone_ = nullptr;
  Finish();
}

void Connection::Finish() {
  busy_ = false;
  if (!keep_alive_) {
    close_when_sent_ = true;
    Send();
  }
  if (!stream_ || close_when_sent_) return;
  // The next request may have come meanwhile; not within the answer to this one.
  const auto self = shared_from_this();
  loop_->Post([self] {
    if (self->stream_ && !self->busy_) self->Parse();
  });
}

void Connection::Send() {
  if (!stream_ || writing_ || delay_ || state_->frozen) return;
  if (output_.empty()) {
    if (close_when_sent_) Close(close_reason_);
    return;
  }
  writing_ = true;
  stream_->Write(std::move(output_.front()), [this](const absl::Status& status) {
    writing_ = false;
    const auto self = shared_from_this();
    if (!status.ok()) {
      Close("closed by the executor");
      return;
    }
    Send();
  });
  output_.pop_front();
}

void Connection::Abort() {
  on_gone_ = nullptr;
  Close("");
}

void Connection::Spoil(absl::Duration delay, const std::optional<CutAnswer>& cut) {
  if (!stream_) return;
  cut_ = cut;
  if (delay <= absl::ZeroDuration()) return;
  delay_ = loop_->After(delay, [this] {
    const auto self = shared_from_this();
    const auto timer = std::move(delay_);
    Send();
  });
}

void Connection::Close(absl::string_view how) {
  if (!stream_) return;
  const auto self = shared_from_this();
  if (cut_ && cut_->reset && close_when_sent_) {
    const linger at_once = {.l_onoff = 1, .l_linger = 0};
    setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  } else {
    // Also TLS says no farewell.
    shutdown(socket_, SHUT_RDWR);
  }
  stream_.reset();
  delay_.reset();
  state_->ended(this);
  if (auto gone = std::exchange(on_gone_, nullptr)) gone(how);
}

}  // namespace mesos_executor::dev_agent
