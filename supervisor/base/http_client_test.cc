#include "supervisor/base/http_client.h"

#include <fcntl.h>
#include <glog/logging.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <optional>

#include "absl/cleanup/cleanup.h"
#include "supervisor/base/scripted_server.h"

namespace mesos_executor {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kOk[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

class HttpClientTest : public ::testing::Test {
 protected:
  // Sends the request and runs the loop until it is answered.
  absl::StatusOr<HttpResponse> Fetch(HttpRequest request) {
    absl::StatusOr<HttpResponse> result = absl::UnknownError("not called");
    auto pending = client_->Send(std::move(request), [&](absl::StatusOr<HttpResponse> got) {
      result = std::move(got);
      loop_.Stop();
    });
    Run();
    return result;
  }

  absl::StatusOr<HttpResponse> FetchFrom(const std::string& bytes, HttpRequest request = {}) {
    ScriptedServer server(&loop_, "127.0.0.1", [&](const std::string&) { return bytes; });
    request.endpoint = server.endpoint();
    return Fetch(std::move(request));
  }

  // Until something calls Stop().
  void Run() {
    loop_.io_context().restart();
    auto watchdog =
        loop_.After(absl::Seconds(60), [] { LOG(FATAL) << "nothing happened within a minute"; });
    loop_.Run();
  }

  AsioEventLoop loop_;
  std::unique_ptr<HttpClient> client_ = NewHttpClient(&loop_);
};

TEST_F(HttpClientTest, SendsTheRequestAndReturnsTheAnswer) {
  ScriptedServer server(&loop_, "127.0.0.1", [](const std::string&) {
    return "HTTP/1.1 503 Busy\r\nX-One: a\r\nContent-Length: 3\r\n\r\nbad";
  });
  const auto response = Fetch({.endpoint = server.endpoint(),
                               .method = "PUT",
                               .target = "/v1/x?y=z",
                               .headers = {{"X-Token", "t"}},
                               .body = "hello"});
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->status, 503);
  EXPECT_EQ(response->Header("x-one"), "a");
  EXPECT_EQ(response->Header("x-two"), "");
  EXPECT_EQ(response->body, "bad");
  ASSERT_EQ(server.requests().size(), 1u);
  EXPECT_EQ(server.requests()[0],
            "PUT /v1/x?y=z HTTP/1.1\r\nHost: " + EndpointName(server.endpoint()) +
                "\r\nConnection: close\r\nX-Token: t\r\nContent-Length: 5\r\n\r\nhello");
}

TEST_F(HttpClientTest, SpeaksIpVersion6) {
  ScriptedServer server(&loop_, "::1", [](const std::string&) { return kOk; });
  if (!server.listening()) GTEST_SKIP() << "this machine has no ::1";
  const auto response = Fetch({.endpoint = server.endpoint()});
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_THAT(server.requests()[0], HasSubstr("Host: [::1]:"));
}

TEST_F(HttpClientTest, SpeaksOverAUnixSocket) {
  // Bazel's own folder is too deep for the path of a socket.
  std::string folder = "/tmp/http_client_test.XXXXXX";
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  const absl::Cleanup remove = [&] { std::filesystem::remove_all(folder); };
  const std::string path = folder + "/server.sock";
  ScriptedServer server(&loop_, path, [](const std::string&) { return kOk; });
  ASSERT_TRUE(server.listening()) << path;
  const auto response = Fetch({.endpoint = server.endpoint(), .host = "consul"});
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_THAT(server.requests()[0], HasSubstr("\r\nHost: consul\r\n"));
}

TEST_F(HttpClientTest, ALengthEndsTheAnswerAlthoughTheConnectionStaysOpen) {
  ScriptedServer server(&loop_, "127.0.0.1", [](const std::string&) { return kOk; });
  server.KeepOpen();
  const auto response = Fetch({.endpoint = server.endpoint(), .timeout = absl::InfiniteDuration()});
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->body, "ok");
}

TEST_F(HttpClientTest, NoContentAndNotModifiedHaveNoBody) {
  for (const int status : {204, 304}) {
    ScriptedServer server(&loop_, "127.0.0.1", [&](const std::string&) {
      return "HTTP/1.1 " + std::to_string(status) + " Nothing\r\n\r\n";
    });
    server.KeepOpen();
    const auto response = Fetch({.endpoint = server.endpoint()});
    ASSERT_TRUE(response.ok()) << response.status();
    EXPECT_EQ(response->status, status);
    EXPECT_EQ(response->body, "");
  }
}

TEST_F(HttpClientTest, ReadsChunks) {
  const auto response = FetchFrom(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: "
      "chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: t\r\n\r\n");
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->body, "abcde");
}

TEST_F(HttpClientTest, ReadsChunksByteByByte) {
  for (const std::string body : {"abcde", ""}) {
    ScriptedServer server(&loop_, "127.0.0.1", [&](const std::string&) {
      const std::string chunk = body.empty() ? "" : "5\r\n" + body + "\r\n";
      return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk + "0\r\n\r\n";
    });
    server.SendByteByByte();
    const auto response = Fetch({.endpoint = server.endpoint()});
    ASSERT_TRUE(response.ok()) << response.status();
    EXPECT_EQ(response->body, body);
  }
}

TEST_F(HttpClientTest, ReadsToTheEndWhereNoLengthIsGiven) {
  const auto response = FetchFrom("HTTP/1.0 200 OK\r\n\r\nto the end");
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->body, "to the end");
}

TEST_F(HttpClientTest, SkipsInterimAnswers) {
  const auto response = FetchFrom(
      std::string("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\n") + kOk);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->Header("Link"), "");
}

TEST_F(HttpClientTest, RefusedIsUnavailableAndNamesTheEndpoint) {
  Endpoint endpoint;
  {
    ScriptedServer server(&loop_, "127.0.0.1", nullptr);
    endpoint = server.endpoint();
  }
  const auto response = Fetch({.endpoint = endpoint, .target = "/?api_key=secret"});
  EXPECT_EQ(response.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(response.status().message(),
            "connecting to " + EndpointName(endpoint) + ": Connection refused");
}

TEST_F(HttpClientTest, AMissingUnixSocketIsUnavailable) {
  const auto response = Fetch({.endpoint = UnixEndpoint{"/nonexistent/x.sock"}});
  EXPECT_EQ(response.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(response.status().message()),
              StartsWith("connecting to unix:/nonexistent/x.sock: "));
}

TEST_F(HttpClientTest, AServerThatNeverAnswersEndsAtTheDeadline) {
  ScriptedServer server(&loop_, "127.0.0.1", [](const std::string&) { return std::nullopt; });
  const absl::Time start = loop_.Now();
  const auto response = Fetch({.endpoint = server.endpoint(), .timeout = absl::Milliseconds(50)});
  EXPECT_EQ(response.status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(response.status().message(),
            "reading from " + EndpointName(server.endpoint()) + ": no complete answer within 50ms");
  EXPECT_GE(loop_.Now() - start, absl::Milliseconds(50));
}

TEST_F(HttpClientTest, ClosingOnceTheRequestIsSentIsAborted) {
  const auto none = FetchFrom("");
  EXPECT_EQ(none.status().code(), absl::StatusCode::kAborted);
  EXPECT_THAT(std::string(none.status().message()), HasSubstr("closed without an answer"));
  const auto half = FetchFrom("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
  EXPECT_EQ(half.status().code(), absl::StatusCode::kAborted);
  EXPECT_THAT(std::string(half.status().message()), HasSubstr("closed in mid-answer"));
}

TEST_F(HttpClientTest, AResetOnceTheRequestIsSentIsAborted) {
  const UniqueFd listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t size = sizeof(address);
  ASSERT_EQ(bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(listener.get(), 1), 0);
  ASSERT_EQ(getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  UniqueFd peer;
  std::unique_ptr<Pending> received;
  const auto connected = loop_.WatchReadable(listener.get(), [&] {
    peer = UniqueFd(accept(listener.get(), nullptr, nullptr));
    // Closed with bytes that nobody has read (RFC 2525, 2.17).
    received = loop_.WatchReadable(peer.get(), [&] {
      received.reset();
      peer.Reset();
    });
  });
  const auto response = Fetch({.endpoint = TcpEndpoint{"127.0.0.1", ntohs(address.sin_port)}});
  EXPECT_EQ(response.status().code(), absl::StatusCode::kAborted) << response.status();
  EXPECT_THAT(std::string(response.status().message()), HasSubstr("Connection reset"));
}

TEST_F(HttpClientTest, GarbageIsInternal) {
  for (const char* garbage :
       {"SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 abc\r\n\r\n", "HTTP/2 200\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"}) {
    const auto response = FetchFrom(garbage);
    EXPECT_EQ(response.status().code(), absl::StatusCode::kInternal)
        << garbage << response.status();
  }
}

TEST_F(HttpClientTest, AnswersAreBounded) {
  const std::string body(100, 'x');
  for (const std::string& answer :
       {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + body,
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n" + body + "\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n" + body,
        "HTTP/1.1 200 OK\r\nX: " + std::string(40 << 10, 'x') + "\r\n\r\n"}) {
    EXPECT_EQ(FetchFrom(answer, {.max_body = 99}).status().code(),
              absl::StatusCode::kResourceExhausted);
  }
  const auto fits =
      FetchFrom("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + body, {.max_body = 100});
  ASSERT_TRUE(fits.ok()) << fits.status();
  EXPECT_EQ(fits->body, body);
}

TEST_F(HttpClientTest, ALongBodyMayBeCut) {
  const std::string body(100, 'x');
  for (const std::string& answer :
       {"HTTP/1.1 301 Moved\r\nLocation: /x\r\nContent-Length: 100\r\n\r\n" + body,
        "HTTP/1.1 301 Moved\r\nLocation: /x\r\n\r\n" + body}) {
    const auto response = FetchFrom(answer, {.max_body = 10, .cut_long_body = true});
    ASSERT_TRUE(response.ok()) << response.status();
    EXPECT_EQ(response->status, 301);
    EXPECT_EQ(response->Header("Location"), "/x");
    EXPECT_LE(response->body.size(), 10u);
  }
}

TEST_F(HttpClientTest, ADestroyedRequestIsNeverAnsweredAndItsConnectionIsClosed) {
  std::unique_ptr<Pending> pending;
  ScriptedServer server(&loop_, "127.0.0.1", [&](const std::string&) {
    pending.reset();
    return std::nullopt;
  });
  pending = client_->Send({.endpoint = server.endpoint()}, [](auto) { FAIL(); });
  std::unique_ptr<Pending> poll;
  const std::function<void()> until_closed = [&] {  // As seen by the server.
    if (server.accepted() == 1 && server.open() == 0) return loop_.Stop();
    poll = loop_.After(absl::Milliseconds(1), [&] { until_closed(); });
  };
  until_closed();
  Run();
}

TEST_F(HttpClientTest, ARequestMayBeDestroyedBeforeItIsConnectedAndByItsOwnCallback) {
  ScriptedServer server(&loop_, "127.0.0.1", [](const std::string&) { return kOk; });
  client_->Send({.endpoint = server.endpoint()}, [](auto) { FAIL(); }).reset();
  client_->Send({.target = "invalid"}, [](auto) { FAIL(); }).reset();
  std::unique_ptr<Pending> pending;
  for (HttpRequest request :
       {HttpRequest{.endpoint = server.endpoint()}, HttpRequest{.target = "invalid"}}) {
    pending = client_->Send(std::move(request), [&](auto) {
      pending.reset();
      loop_.Stop();
    });
    ASSERT_NE(pending, nullptr);
    Run();
    EXPECT_EQ(pending, nullptr);
  }
}

TEST_F(HttpClientTest, BadRequestsAreRefusedBeforeAnythingIsSent) {
  ScriptedServer server(&loop_, "127.0.0.1", [](const std::string&) { return kOk; });
  const Endpoint good = server.endpoint();
  for (const HttpRequest& request : {HttpRequest{.endpoint = good, .method = "GET /"},
                                     HttpRequest{.endpoint = good, .target = ""},
                                     HttpRequest{.endpoint = good, .target = "/a b"},
                                     HttpRequest{.endpoint = good, .target = "/\r\nX: y"},
                                     HttpRequest{.endpoint = good, .host = "x\r\ny"},
                                     HttpRequest{.endpoint = good, .headers = {{"a b", ""}}},
                                     HttpRequest{.endpoint = good, .headers = {{"A", "secret\n"}}},
                                     HttpRequest{.endpoint = good, .timeout = absl::ZeroDuration()},
                                     HttpRequest{.endpoint = TcpEndpoint{"localhost", 80}},
                                     HttpRequest{.endpoint = TcpEndpoint{"127.0.0.1", 0}},
                                     HttpRequest{.endpoint = UnixEndpoint{std::string(108, 'x')}},
                                     HttpRequest{.endpoint = UnixEndpoint{}}}) {
    const auto response = Fetch(request);
    EXPECT_EQ(response.status().code(), absl::StatusCode::kInvalidArgument) << response.status();
    EXPECT_THAT(std::string(response.status().message()), Not(HasSubstr("secret")));
  }
  EXPECT_EQ(server.accepted(), 0);
}

TEST_F(HttpClientTest, ConnectionsAreNotInheritedByProgramsThatAreStarted) {
  // Every descriptor that is open while the server looks must be close-on-exec, but for those we
  // were started with.
  int checked = 0;
  ScriptedServer server(&loop_, "127.0.0.1", [&](const std::string&) {
    for (int fd = 3; fd < 256; ++fd) {
      struct stat info;
      if (fstat(fd, &info) != 0 || !S_ISSOCK(info.st_mode)) continue;
      EXPECT_TRUE(fcntl(fd, F_GETFD) & FD_CLOEXEC) << fd;
      ++checked;
    }
    return kOk;
  });
  EXPECT_TRUE(Fetch({.endpoint = server.endpoint()}).ok());
  EXPECT_EQ(checked, 3);  // The listener and both ends of the connection.
}

}  // namespace
}  // namespace mesos_executor
