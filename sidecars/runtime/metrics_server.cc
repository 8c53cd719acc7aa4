#include "sidecars/runtime/metrics_server.h"

#include <glog/logging.h>

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "supervisor/base/beast_feed.h"
#include "supervisor/base/byte_stream.h"

namespace mesos_executor::sidecar {
namespace {

namespace http = boost::beast::http;
using boost::system::error_code;

constexpr size_t kMaxConnections = 16;
constexpr uint32_t kMaxRequest = 8 << 10;
constexpr absl::Duration kMaxTime = absl::Seconds(10);

std::string Response(absl::string_view status, absl::string_view type, absl::string_view body,
                     absl::string_view more_headers = "") {
  return absl::StrCat("HTTP/1.1 ", status, "\r\nContent-Type: ", type,
                      "\r\nContent-Length: ", body.size(), "\r\nConnection: close\r\n",
                      more_headers, "\r\n", body);
}

std::string Refusal(absl::string_view status, absl::string_view more_headers = "") {
  return Response(status, "text/plain", absl::StrCat(status, "; see GET /metrics\n"), more_headers);
}

std::string Answer(const http::request<http::empty_body>& request, Metrics& metrics) {
  const std::string target(request.target());
  if (target.substr(0, target.find('?')) != "/metrics") return Refusal("404 Not Found");
  if (request.method() != http::verb::get) {
    return Refusal("405 Method Not Allowed", "Allow: GET\r\n");
  }
  return Response("200 OK", "text/plain; version=0.0.4", metrics.Text());
}

}  // namespace

class MetricsServer::Connection {
 public:
  // `end` may destroy the connection.
  Connection(EventLoop& loop, std::unique_ptr<ByteStream> stream, Metrics& metrics,
             absl::AnyInvocable<void()> end)
      : stream_(std::move(stream)), metrics_(metrics), end_(std::move(end)) {
    deadline_ = loop.After(kMaxTime, [this] { end_(); });
    parser_.header_limit(kMaxRequest);
    Read();
  }

 private:
  void Read() {
    stream_->Read([this](absl::StatusOr<absl::string_view> bytes) {
      if (!bytes.ok() || bytes->empty()) return end_();
      received_.append(bytes->data(), bytes->size());
      error_code error;
      feed_.Put(parser_, received_, error);
      if (error && error != http::error::need_more) return Write(Refusal("400 Bad Request"));
      // A body, which no good request has, is left unread.
      if (!parser_.is_header_done()) return Read();
      Write(Answer(parser_.get(), metrics_));
    });
  }

  void Write(std::string response) {
    stream_->Write(std::move(response), [this](const absl::Status&) { end_(); });
  }

  const std::unique_ptr<ByteStream> stream_;
  Metrics& metrics_;
  absl::AnyInvocable<void()> end_;
  std::unique_ptr<Pending> deadline_;
  std::string received_;
  BeastFeed feed_;
  http::request_parser<http::empty_body> parser_;
};

MetricsServer::MetricsServer(AsioEventLoop* loop, UniqueFd listening, Metrics* metrics)
    : loop_(*loop),
      metrics_(*metrics),
      acceptor_(loop, std::move(listening), [this](UniqueFd socket) { Serve(std::move(socket)); }) {
}

MetricsServer::~MetricsServer() = default;

void MetricsServer::Serve(UniqueFd socket) {
  if (connections_.size() >= kMaxConnections) {
    LOG_EVERY_N(WARNING, 100) << "more than " << kMaxConnections
                              << " connections for metrics at once: one is closed";
    return;
  }
  auto stream = NewByteStream(&loop_, std::move(socket));
  if (!stream.ok()) {
    LOG(WARNING) << "a connection for metrics is lost: " << stream.status().message();
    return;
  }
  const auto place = connections_.emplace(connections_.end());
  *place = std::make_unique<Connection>(loop_, *std::move(stream), metrics_, [this, place] {
    // Taken out before it is destroyed, as this is called from within it.
    const std::unique_ptr<Connection> ended = std::move(*place);
    connections_.erase(place);
  });
}

}  // namespace mesos_executor::sidecar
