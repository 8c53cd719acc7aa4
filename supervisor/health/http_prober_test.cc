#include "supervisor/health/http_prober.h"

#include <glog/logging.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "supervisor/base/scripted_server.h"
#include "supervisor/base/test_certificates.h"
#include "supervisor/base/tls_front.h"

namespace mesos_executor::health {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string Answer(int status, const std::string& fields = "", const std::string& body = "") {
  return absl::StrCat("HTTP/1.1 ", status, " Text\r\nContent-Length: ", body.size(), "\r\n", fields,
                      "\r\n", body);
}

class HttpProberTest : public ::testing::Test {
 protected:
  absl::Status Probe(const TcpEndpoint& endpoint, const std::string& target = "/health",
                     bool tls = false) {
    code_ = std::nullopt;
    absl::Status result = absl::UnknownError("not called");
    loop_.io_context().restart();
    auto watchdog = loop_.After(absl::Seconds(60), [] { LOG(FATAL) << "a minute is over"; });
    const auto prober = NewHttpProber(&loop_, client_.get(), {endpoint, target, tls});
    std::unique_ptr<Pending> pending;
    pending = prober->Probe([&](const ProbeResult& probed) {
      result = probed.status;
      code_ = probed.code;
      pending.reset();
      loop_.Stop();
    });
    loop_.Run();
    return result;
  }

  absl::Status ProbeAnswer(const std::string& answer) {
    ScriptedServer server(&loop_, "127.0.0.1", [&](const std::string&) { return answer; });
    return Probe(std::get<TcpEndpoint>(server.endpoint()));
  }

  AsioEventLoop loop_;
  const std::unique_ptr<HttpClient> client_ = NewHttpClient(&loop_);
  // What came with the last probe's status.
  std::optional<int> code_;
};

TEST_F(HttpProberTest, SendsAGetOfTheTarget) {
  ScriptedServer server(&loop_, "127.0.0.1",
                        [](const std::string&) { return Answer(200, "", "ok"); });
  EXPECT_TRUE(Probe(std::get<TcpEndpoint>(server.endpoint()), "/health?deep=1").ok());
  EXPECT_THAT(server.requests(), ElementsAre(StartsWith("GET /health?deep=1 HTTP/1.1\r\n")));
}

TEST_F(HttpProberTest, From200To399IsASuccess) {
  for (const int status : {200, 204, 299, 300, 304, 399}) {
    EXPECT_TRUE(ProbeAnswer(Answer(status)).ok()) << status;
    EXPECT_EQ(code_, status);
  }
  for (const int status : {400, 404, 500, 503, 599}) {
    EXPECT_EQ(ProbeAnswer(Answer(status)).message(), absl::StrCat("status ", status));
    EXPECT_EQ(code_, status);
  }
}

TEST_F(HttpProberTest, ALongBodyDoesntMatter) {
  // Announced, and never sent.
  EXPECT_TRUE(ProbeAnswer("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\nstart").ok());
}

TEST_F(HttpProberTest, WhatIsNotAnAnswerIsAFailure) {
  EXPECT_THAT(std::string(ProbeAnswer("").message()), HasSubstr("closed without an answer"));
  EXPECT_EQ(code_, std::nullopt);
  EXPECT_THAT(std::string(ProbeAnswer("hello\r\n\r\n").message()), HasSubstr("isn't HTTP"));
  EXPECT_THAT(
      std::string(ProbeAnswer("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf").message()),
      HasSubstr("closed in mid-answer"));
}

TEST_F(HttpProberTest, NobodyListeningIsAFailure) {
  TcpEndpoint endpoint;
  {
    ScriptedServer server(&loop_, "127.0.0.1", nullptr);
    endpoint = std::get<TcpEndpoint>(server.endpoint());
  }
  EXPECT_THAT(std::string(Probe(endpoint).message()), HasSubstr("Connection refused"));
}

TEST_F(HttpProberTest, FollowsRedirectsAlsoToAnotherPort) {
  ScriptedServer other(&loop_, "127.0.0.1", [](const std::string& request) {
    return absl::StartsWith(request, "GET /bad ") ? Answer(500) : Answer(200);
  });
  ScriptedServer server(&loop_, "127.0.0.1", [&](const std::string& request) {
    if (absl::StartsWith(request, "GET /health ")) return Answer(301, "Location: /next\r\n");
    const std::string path = absl::StartsWith(request, "GET /next ") ? "/good" : "/bad";
    return Answer(307,
                  absl::StrCat("Location: http://", EndpointName(other.endpoint()), path, "\r\n"));
  });
  EXPECT_TRUE(Probe(std::get<TcpEndpoint>(server.endpoint())).ok());
  EXPECT_EQ(Probe(std::get<TcpEndpoint>(server.endpoint()), "/other").message(), "status 500");
  EXPECT_THAT(other.requests(), ElementsAre(StartsWith("GET /good "), StartsWith("GET /bad ")));
}

TEST_F(HttpProberTest, ARedirectElsewhereIsASuccessAndNotFollowed) {
  EXPECT_TRUE(ProbeAnswer(Answer(302, "Location: https://login.example.org/\r\n")).ok());
  EXPECT_TRUE(ProbeAnswer(Answer(302)).ok());
}

TEST_F(HttpProberTest, AsksOverTlsAndBelievesWhoeverAnswers) {
  ScriptedServer server(&loop_, "127.0.0.1", [](const std::string&) { return Answer(204); });
  TestCertificates certificates;
  const TestCertificates::Files expired =
      certificates.Issue({.alternatives = "DNS:elsewhere.example", .rest = -absl::Minutes(1)});
  const auto front =
      TlsFront::Listen(&loop_, {expired.certificate, expired.key}, server.endpoint());
  ASSERT_TRUE(front.ok()) << front.status();
  const TcpEndpoint endpoint = std::get<TcpEndpoint>((*front)->endpoint());
  for (int i = 0; i < 2; ++i) {
    const absl::Status status = Probe(endpoint, "/health", /*tls=*/true);
    EXPECT_TRUE(status.ok()) << status;
    EXPECT_EQ(code_, 204);
  }
  EXPECT_FALSE(Probe(endpoint).ok());
  EXPECT_THAT(server.requests(),
              ElementsAre(StartsWith("GET /health "), StartsWith("GET /health ")));
}

TEST_F(HttpProberTest, FollowsRedirectsBetweenHttpAndHttps) {
  std::string https, http;
  ScriptedServer server(&loop_, "127.0.0.1", [&](const std::string& request) {
    if (absl::StartsWith(request, "GET /1 ")) {
      return Answer(301, absl::StrCat("Location: https://", https, "/2\r\n"));
    }
    if (absl::StartsWith(request, "GET /2 ")) {
      return Answer(301, absl::StrCat("Location: http://", http, "/3\r\n"));
    }
    return Answer(200);
  });
  TestCertificates certificates;
  const TestCertificates::Files own = certificates.Issue({});
  const auto front = TlsFront::Listen(&loop_, {own.certificate, own.key}, server.endpoint());
  ASSERT_TRUE(front.ok()) << front.status();
  http = EndpointName(server.endpoint());
  https = EndpointName((*front)->endpoint());
  const absl::Status status = Probe(std::get<TcpEndpoint>(server.endpoint()), "/1");
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(server.requests(),
              ElementsAre(StartsWith("GET /1 "), StartsWith("GET /2 "), StartsWith("GET /3 ")));
  EXPECT_EQ((*front)->accepted(), 1);
}

TEST_F(HttpProberTest, RedirectsThatNeverEndAreAFailure) {
  ScriptedServer server(&loop_, "127.0.0.1",
                        [](const std::string&) { return Answer(302, "Location: /again\r\n"); });
  EXPECT_EQ(Probe(std::get<TcpEndpoint>(server.endpoint())).message(), "more than 5 redirects");
  EXPECT_EQ(server.requests().size(), 6u);
}

TEST_F(HttpProberTest, ADestroyedProbeIsSilentAlsoInItsSecondRequest) {
  std::unique_ptr<Pending> probe;
  ScriptedServer server(&loop_, "127.0.0.1",
                        [&](const std::string& request) -> std::optional<std::string> {
                          if (absl::StartsWith(request, "GET /health "))
                            return Answer(302, "Location: /next\r\n");
                          probe.reset();
                          loop_.Stop();
                          return std::nullopt;
                        });
  const auto prober =
      NewHttpProber(&loop_, client_.get(), {std::get<TcpEndpoint>(server.endpoint()), "/health"});
  auto watchdog = loop_.After(absl::Seconds(60), [] { LOG(FATAL) << "a minute is over"; });
  probe = prober->Probe([](const ProbeResult&) { FAIL(); });
  loop_.Run();
}

}  // namespace
}  // namespace mesos_executor::health
