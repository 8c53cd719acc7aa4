#include "sidecars/runtime/metrics_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "sidecars/runtime/listening_socket.h"
#include "supervisor/base/byte_stream.h"
#include "supervisor/base/connect.h"

namespace mesos_executor::sidecar {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// Sends what it is given and keeps what comes until the end.
class Client {
 public:
  Client(AsioEventLoop* loop, uint16_t port, std::string request, absl::AnyInvocable<void()> ended)
      : ended_(std::move(ended)) {
    connect_ = Connect(loop, TcpEndpoint{"127.0.0.1", port},
                       [this, loop, request = std::move(request)](auto socket) mutable {
                         ASSERT_TRUE(socket.ok()) << socket.status();
                         stream_ = *NewByteStream(loop, *std::move(socket));
                         Read();
                         if (!request.empty())
                           stream_->Write(std::move(request), [](absl::Status) {});
                       });
  }

  const std::string& received() const { return received_; }

 private:
  void Read() {
    stream_->Read([this](absl::StatusOr<absl::string_view> bytes) {
      if (!bytes.ok() || bytes->empty()) return ended_();
      received_.append(bytes->data(), bytes->size());
      Read();
    });
  }

  absl::AnyInvocable<void()> ended_;
  std::unique_ptr<Pending> connect_;
  std::unique_ptr<ByteStream> stream_;
  std::string received_;
};

class MetricsServerTest : public testing::Test {
 protected:
  MetricsServerTest() {
    auto listening = ListenTcp({"127.0.0.1", 0});
    EXPECT_TRUE(listening.ok()) << listening.status();
    const std::string name = SocketName(listening->get());
    EXPECT_TRUE(absl::SimpleAtoi(name.substr(name.find(':') + 1), &port_));
    server_ = std::make_unique<MetricsServer>(&loop_, *std::move(listening), &metrics_);
  }

  // All that the server sends for `request` until it hangs up.
  std::string AskOnce(const std::string& request) {
    Client client(&loop_, static_cast<uint16_t>(port_), request, [this] { loop_.Stop(); });
    loop_.Run();
    loop_.io_context().restart();
    return client.received();
  }
  // Asks again where a connection was closed without a word: there was no room, or no time.
  std::string Ask(const std::string& request) {
    for (;;) {
      if (std::string page = AskOnce(request); !page.empty()) return page;
    }
  }

  AsioEventLoop loop_;
  Metrics metrics_;
  uint32_t port_ = 0;
  std::unique_ptr<MetricsServer> server_;
};

TEST_F(MetricsServerTest, GetMetricsShowsThePageAsItIsNow) {
  metrics_.CounterOf("x_total", "X.").Add(3);
  const std::string page = Ask("GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(page, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(page, HasSubstr("Content-Type: text/plain; version=0.0.4\r\n"));
  EXPECT_THAT(page, HasSubstr("\r\n\r\n# HELP x_total X.\n# TYPE x_total counter\nx_total 3\n"));
  metrics_.CounterOf("x_total", "X.").Add();
  EXPECT_THAT(Ask("GET /metrics?name=x HTTP/1.0\r\n\r\n"), HasSubstr("x_total 4\n"));
}

TEST_F(MetricsServerTest, WhatElseIsAskedForIsRefused) {
  EXPECT_THAT(Ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n"), HasSubstr("404 Not Found; see"));
  const std::string post = Ask("POST /metrics HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
  EXPECT_THAT(post, StartsWith("HTTP/1.1 405 "));
  EXPECT_THAT(post, HasSubstr("\r\nAllow: GET\r\n"));
  EXPECT_THAT(Ask("garbage\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
}

TEST_F(MetricsServerTest, ALongHeadIsCutOff) {
  // Not all of it can be read, so that the answer may be lost with what is left.
  EXPECT_THAT(AskOnce(absl::StrCat("GET /metrics HTTP/1.1\r\nX: ", std::string(8 << 10, 'x'))),
              testing::AnyOf("", StartsWith("HTTP/1.1 400 ")));
}

TEST_F(MetricsServerTest, OneConnectionTooManyIsClosedAndTheNextIsServedWhenThereIsRoom) {
  std::vector<std::unique_ptr<Client>> silent;
  for (int i = 0; i < 16; ++i) {
    silent.push_back(std::make_unique<Client>(&loop_, static_cast<uint16_t>(port_), "", [] {}));
  }
  // All are there when the server first looks, and it takes them in this order.
  EXPECT_EQ(AskOnce("GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n"), "");
  silent.clear();
  EXPECT_THAT(Ask("GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(MetricsServerTest, ItMayEndWhileSomebodyIsConnected) {
  bool ended = false;
  Client silent(&loop_, static_cast<uint16_t>(port_), "", [&] {
    ended = true;
    loop_.Stop();
  });
  EXPECT_THAT(Ask("GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n"), StartsWith("HTTP/1.1 200 "));
  server_.reset();
  loop_.Run();
  EXPECT_TRUE(ended);
}

}  // namespace
}  // namespace mesos_executor::sidecar
