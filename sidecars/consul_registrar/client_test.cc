#include "sidecars/consul_registrar/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdio.h>

#include <vector>

#include "sidecars/consul_registrar/scripted_consul.h"
#include "supervisor/base/test_certificates.h"
#include "supervisor/event_loop/manual_event_loop.h"

namespace mesos_executor::consul {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using Mood = ScriptedConsul::Mood;

class ClientTest : public ::testing::Test {
 protected:
  static ServiceDefinition Service(const std::string& id) {
    ServiceDefinition service;
    service.id = id;
    service.name = "web";
    return service;
  }

  std::unique_ptr<Client> NewClient(const ConsulSettings& settings) {
    auto credentials = Credentials::Create(settings);
    EXPECT_TRUE(credentials.ok()) << credentials.status();
    return std::make_unique<Client>(
        &loop_, std::make_unique<sidecar::Route>("consul.example", 8500, consul_.NewResolver()),
        *std::move(credentials), consul_.NewHttpClient(), settings.name_space, &metrics_);
  }
  void Turn() { loop_.Advance(absl::ZeroDuration()); }

  ManualEventLoop loop_;
  ScriptedConsul consul_{&loop_};
  sidecar::Metrics metrics_;
  const std::unique_ptr<Client> client_ = NewClient({.token = "secret"});
};

TEST_F(ClientTest, SendsTheTokenAsAHeaderWithADeadline) {
  absl::Status result = absl::UnknownError("");
  const auto operation =
      client_->Register(Service("a"), "passing", [&](auto status) { result = status; });
  EXPECT_FALSE(operation->sent());
  Turn();
  EXPECT_TRUE(operation->sent());
  EXPECT_TRUE(result.ok()) << result;
  EXPECT_EQ(consul_.last.host, "consul.example:8500");
  EXPECT_EQ(std::get<TcpEndpoint>(consul_.last.endpoint).address, "127.0.0.1");
  EXPECT_EQ(consul_.last.timeout, Client::kFirstTimeout);
  EXPECT_THAT(consul_.last.headers, ElementsAre(Pair("X-Consul-Token", "secret"),
                                                Pair("Content-Type", "application/json")));
  EXPECT_EQ(consul_.last.target.find("secret"), std::string::npos);
}

TEST_F(ClientTest, ANamespaceIsPartOfEachRequest) {
  const auto client = NewClient({.name_space = "team"});
  const auto operation = client->Deregister("a", [](auto) {});
  Turn();
  EXPECT_EQ(consul_.last.target, "/v1/agent/service/deregister/a?ns=team");
}

TEST_F(ClientTest, AListingIsServicesAndTheirChecks) {
  auto web = Service("a");
  web.check.emplace().tcp = "127.0.0.1:80";
  const auto registered = client_->Register(web, "warning", [](auto) {});
  Turn();
  absl::StatusOr<Holdings> holdings = absl::UnknownError("");
  const auto operation = client_->List([&](auto result) { holdings = std::move(result); });
  loop_.Advance(absl::Milliseconds(1));
  ASSERT_TRUE(holdings.ok()) << holdings.status();
  EXPECT_EQ(holdings->Find("a")->check->status, "warning");
  EXPECT_EQ(holdings->Find("b"), nullptr);
}

TEST_F(ClientTest, AnAddressThatFailsGivesWayToTheNext) {
  consul_.addresses = {"127.0.0.1", "127.0.0.2"};
  consul_.mood = Mood::kAway;
  std::vector<std::string> tried;
  for (int i = 0; i < 3; ++i) {
    const auto one = client_->Deregister("a", [](auto) {});
    const auto two = client_->Deregister("b", [](auto) {});
    Turn();
    tried.push_back(std::get<TcpEndpoint>(consul_.last.endpoint).address);
  }
  EXPECT_THAT(tried, ElementsAre("127.0.0.1", "127.0.0.2", "127.0.0.1"));
}

TEST_F(ClientTest, ANameThatCannotBeResolvedFailsTheRequest) {
  consul_.resolvable = false;
  absl::StatusCode result = absl::StatusCode::kUnknown;
  const auto one = client_->Deregister("a", [&](auto status) { result = status.code(); });
  Turn();
  EXPECT_EQ(result, absl::StatusCode::kUnavailable);
}

TEST_F(ClientTest, NoMoreThanTheBoundIsUnderWayAndDeregistrationsGoFirst) {
  consul_.mood = Mood::kSilent;
  std::vector<std::unique_ptr<Operation>> operations;
  for (int i = 0; i < 100; ++i) {
    operations.push_back(client_->Register(Service("a"), "", [](auto) {}));
  }
  Turn();
  EXPECT_EQ(consul_.open, Client::kPlaces.not_urgent);
  for (int i = 0; i < 100; ++i) operations.push_back(client_->Deregister("a", [](auto) {}));
  Turn();
  EXPECT_EQ(consul_.open, Client::kPlaces.all);
  consul_.mood = Mood::kWell;
  loop_.Advance(absl::Minutes(1));
  EXPECT_EQ(consul_.most_open, Client::kPlaces.all);
  EXPECT_EQ(consul_.requests.size(), 200u);
}

TEST_F(ClientTest, WhatIsCancelledGivesItsPlaceBackAndIsNotSent) {
  consul_.mood = Mood::kSilent;
  std::vector<std::unique_ptr<Operation>> operations;
  for (int i = 0; i < Client::kPlaces.not_urgent; ++i) {
    operations.push_back(client_->Register(Service("a"), "", [](auto) { FAIL(); }));
  }
  Turn();
  auto cancelled = client_->Register(Service("cancelled"), "", [](auto) { FAIL(); });
  auto waiting = client_->Register(Service("waiting"), "", [](auto) {});
  cancelled.reset();
  operations.clear();
  Turn();
  EXPECT_TRUE(waiting->sent());
  EXPECT_EQ(consul_.open, 1);
  EXPECT_NE(consul_.last.body.find("waiting"), std::string::npos);
}

TEST_F(ClientTest, AConsulThatAnswersLateIsWaitedForLonger) {
  consul_.mood = Mood::kSlow;
  consul_.slowness = absl::Seconds(30);
  std::vector<absl::Duration> timeouts;
  absl::Status result;
  for (int i = 0; i < 6; ++i) {
    // Two that are late together count once.
    const auto one = client_->Deregister("a", [&](auto status) { result = status; });
    const auto two = client_->Deregister("b", [&](auto status) {});
    Turn();
    timeouts.push_back(consul_.last.timeout);
    loop_.Advance(absl::Minutes(1));
  }
  EXPECT_THAT(timeouts, ElementsAre(absl::Seconds(5), absl::Seconds(10), absl::Seconds(20),
                                    absl::Seconds(40), absl::Minutes(1), absl::Minutes(1)));
  EXPECT_TRUE(result.ok()) << result;
  consul_.mood = Mood::kWell;
  const auto last = client_->Deregister("a", [](auto) {});
  Turn();
  const auto next = client_->Deregister("a", [](auto) {});
  Turn();
  EXPECT_EQ(consul_.last.timeout, Client::kFirstTimeout);
}

TEST_F(ClientTest, AListingThatIsAnsweredSoonTellsNothingOfHowLongAChangeTakes) {
  consul_.mood = Mood::kSilent;
  const auto late = client_->Deregister("a", [](auto) {});
  loop_.Advance(Client::kFirstTimeout);
  consul_.mood = Mood::kWell;
  const auto listing = client_->List([](auto) {});
  loop_.Advance(absl::Milliseconds(1));
  EXPECT_EQ(consul_.last.timeout, Client::kFirstTimeout);
  const auto next = client_->Deregister("a", [](auto) {});
  Turn();
  EXPECT_EQ(consul_.last.timeout, 2 * Client::kFirstTimeout);
}

TEST_F(ClientTest, OutcomesAreCounted) {
  const auto one = client_->Deregister("a", [](auto) {});
  Turn();
  consul_.mood = Mood::kRefuses;
  const auto two = client_->Deregister("a", [](auto) {});
  Turn();
  EXPECT_THAT(
      metrics_.Text(),
      HasSubstr(R"(consul_registrar_requests_total{operation="deregister",outcome="denied"} 1)"));
  EXPECT_THAT(
      metrics_.Text(),
      HasSubstr(R"(consul_registrar_requests_total{operation="deregister",outcome="ok"} 1)"));
}

class TokenFileTest : public ClientTest {
 protected:
  TokenFileTest() {
    file_ = files_.Write("token", "first");
    consul_.token = "first";
    client_ = NewClient({.token_file = file_});
    client_->OnNewToken([this] { ++rotations_; });
  }
  absl::Status Deregister() {
    absl::Status result = absl::UnknownError("no answer");
    const auto operation = client_->Deregister("a", [&](auto status) { result = status; });
    loop_.Advance(absl::Milliseconds(1));
    return result;
  }
  void WriteToken(const std::string& token) {
    ASSERT_EQ(rename(files_.Write("token.new", token).c_str(), file_.c_str()), 0);
  }

  TestCertificates files_;
  std::string file_;
  std::unique_ptr<Client> client_;
  int rotations_ = 0;
};

TEST_F(TokenFileTest, ANewTokenIsUsedFromTheNextRequestOn) {
  EXPECT_TRUE(Deregister().ok());
  EXPECT_EQ(rotations_, 0);
  WriteToken("second");
  consul_.token = "second";
  EXPECT_TRUE(Deregister().ok());
  EXPECT_EQ(consul_.requests.size(), 2u) << "no request with the old one";
  EXPECT_EQ(rotations_, 1);
}

TEST_F(TokenFileTest, ARefusedRequestIsRepeatedWithTheTokenThatCameMeanwhile) {
  consul_.mood = Mood::kSlow;
  consul_.token = "second";
  absl::Status result = absl::UnknownError("no answer");
  const auto operation = client_->Deregister("a", [&](auto status) { result = status; });
  Turn();
  WriteToken("second");
  loop_.Advance(2 * consul_.slowness);
  EXPECT_TRUE(result.ok()) << result;
  EXPECT_EQ(consul_.requests.size(), 2u);
  EXPECT_EQ(rotations_, 1);
}

TEST_F(TokenFileTest, ARefusalOfTheOnlyTokenThereIsIsTold) {
  consul_.token = "other";
  EXPECT_EQ(Deregister().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(consul_.requests.size(), 1u);
  EXPECT_EQ(rotations_, 0);
}

}  // namespace
}  // namespace mesos_executor::consul
