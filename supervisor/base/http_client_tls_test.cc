#include <glog/logging.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "supervisor/base/http_client.h"
#include "supervisor/base/scripted_server.h"
#include "supervisor/base/test_certificates.h"
#include "supervisor/base/tls_credentials.h"
#include "supervisor/base/tls_front.h"

namespace mesos_executor {
namespace {

constexpr char kOk[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

class HttpClientTlsTest : public ::testing::Test {
 protected:
  // TLS before `server_`.
  std::unique_ptr<TlsFront> Front(const TestCertificates::Subject& subject,
                                  const std::string& client_ca = "") {
    const TestCertificates::Files files = certificates_.Issue(subject);
    auto front = TlsFront::Listen(
        &loop_,
        {.certificate_file = files.certificate, .key_file = files.key, .client_ca_file = client_ca},
        server_.endpoint());
    CHECK(front.ok()) << front.status();
    return *std::move(front);
  }

  static std::shared_ptr<TlsCredentials> Tls(const TlsSettings& settings) {
    auto credentials = TlsCredentials::Create(settings);
    CHECK(credentials.ok()) << credentials.status();
    return *std::move(credentials);
  }

  std::shared_ptr<TlsCredentials> Trusting() const {
    return Tls({.ca_file = certificates_.ca_file()});
  }

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

  // Until something calls Stop().
  void Run() {
    loop_.io_context().restart();
    auto watchdog =
        loop_.After(absl::Seconds(60), [] { LOG(FATAL) << "nothing happened within a minute"; });
    loop_.Run();
  }

  TestCertificates certificates_;
  AsioEventLoop loop_;
  std::optional<std::string> answer_ = kOk;
  ScriptedServer server_{&loop_, "127.0.0.1", [this](const std::string&) { return answer_; }};
  std::unique_ptr<HttpClient> client_ = NewHttpClient(&loop_);
};

TEST_F(HttpClientTlsTest, SendsTheRequestAndReturnsTheAnswer) {
  const auto front = Front({});
  const std::string body(200 << 10, 'x');
  const auto response = Fetch({.endpoint = front->endpoint(),
                               .method = "PUT",
                               .target = "/v1/x",
                               .body = body,
                               .tls = Trusting()});
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->body, "ok");
  ASSERT_EQ(server_.requests().size(), 1u);
  EXPECT_EQ(server_.requests()[0],
            "PUT /v1/x HTTP/1.1\r\nHost: " + EndpointName(front->endpoint()) +
                "\r\nConnection: close\r\nContent-Length: 204800\r\n\r\n" + body);
}

TEST_F(HttpClientTlsTest, ReadsToTheFarewellWhereNoLengthIsGiven) {
  const auto front = Front({});
  answer_ = "HTTP/1.0 200 OK\r\n\r\nto the end";
  const auto response = Fetch({.endpoint = front->endpoint(), .tls = Trusting()});
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->body, "to the end");
}

TEST_F(HttpClientTlsTest, AServerThatIsNotBelievedGetsNoRequest) {
  const auto front = Front({.alternatives = "IP:127.0.0.2"});
  const auto response =
      Fetch({.endpoint = front->endpoint(), .target = "/?api_key=secret", .tls = Trusting()});
  EXPECT_EQ(response.status(),
            absl::UnavailableError("TLS handshake with " + EndpointName(front->endpoint()) +
                                   ": the peer's certificate is refused: IP address mismatch"));
  EXPECT_EQ(server_.accepted(), 0);
}

TEST_F(HttpClientTlsTest, AnybodyIsBelievedWhereThatIsWished) {
  const auto front = Front({.alternatives = "", .rest = -absl::Hours(1)});
  const auto response = Fetch({.endpoint = front->endpoint(), .tls = Tls({.verify_peer = false})});
  EXPECT_TRUE(response.ok()) << response.status();
}

TEST_F(HttpClientTlsTest, ACertificateIsShownToAServerThatDemandsOne) {
  const auto front = Front({}, certificates_.ca_file());
  const TestCertificates::Files own = certificates_.Issue({.name = "client"});
  const auto known = Fetch({.endpoint = front->endpoint(),
                            .tls = Tls({.ca_file = certificates_.ca_file(),
                                        .certificate_file = own.certificate,
                                        .key_file = own.key})});
  EXPECT_TRUE(known.ok()) << known.status();
  // The refusal may meet the request on its way, or be the answer to it.
  const auto unknown = Fetch({.endpoint = front->endpoint(), .tls = Trusting()});
  EXPECT_TRUE(absl::IsUnavailable(unknown.status()) || absl::IsAborted(unknown.status()))
      << unknown.status();
  EXPECT_EQ(server_.accepted(), 1);
}

TEST_F(HttpClientTlsTest, AServerThatStopsInTheHandshakeEndsAtTheDeadline) {
  answer_ = std::nullopt;
  const auto response =
      Fetch({.endpoint = server_.endpoint(), .tls = Trusting(), .timeout = absl::Milliseconds(50)});
  EXPECT_EQ(response.status().code(), absl::StatusCode::kDeadlineExceeded) << response.status();
  EXPECT_TRUE(server_.requests().empty());
}

TEST_F(HttpClientTlsTest, ADestroyedRequestClosesInTheHandshake) {
  auto pending = client_->Send({.endpoint = server_.endpoint(), .tls = Trusting()},
                               [](auto) { FAIL() << "was destroyed"; });
  std::unique_ptr<Pending> poll;
  const std::function<void()> until_closed = [&] {  // As seen by the server.
    if (server_.accepted() == 1) pending.reset();
    if (server_.accepted() == 1 && server_.open() == 0) return loop_.Stop();
    poll = loop_.After(absl::Milliseconds(1), [&] { until_closed(); });
  };
  until_closed();
  Run();
}

}  // namespace
}  // namespace mesos_executor
