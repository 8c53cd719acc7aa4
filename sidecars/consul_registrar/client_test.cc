#include "sidecars/consul_registrar/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "sidecars/consul_registrar/scripted_consul.h"
#include "supervisor/event_loop/manual_event_loop.h"

namespace mesos_executor::consul {
namespace {

using ::testing::ElementsAre;
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

  ManualEventLoop loop_;
  ScriptedConsul consul_{&loop_};
  Client client_{{.host = "consul.example", .port = 8500, .token = "secret"},
                 consul_.NewHttpClient(),
                 consul_.NewResolver()};
};

TEST_F(ClientTest, SendsTheTokenAsAHeaderWithADeadline) {
  absl::Status result = absl::UnknownError("");
  const auto operation =
      client_.Register(Service("a"), "passing", [&](auto status) { result = status; });
  EXPECT_FALSE(operation->sent());
  loop_.Advance(absl::ZeroDuration());
  EXPECT_TRUE(operation->sent());
  EXPECT_TRUE(result.ok()) << result;
  EXPECT_EQ(consul_.last.host, "consul.example:8500");
  EXPECT_EQ(std::get<TcpEndpoint>(consul_.last.endpoint).address, "127.0.0.1");
  EXPECT_EQ(consul_.last.timeout, Client::kTimeout);
  EXPECT_THAT(consul_.last.headers, ElementsAre(Pair("X-Consul-Token", "secret"),
                                                Pair("Content-Type", "application/json")));
  EXPECT_EQ(consul_.last.target.find("secret"), std::string::npos);
}

TEST_F(ClientTest, ANameIsResolvedOnceAndAgainAfterAFailure) {
  std::vector<std::unique_ptr<Operation>> operations;
  const auto ask = [&] {
    for (int i = 0; i < 3; ++i) operations.push_back(client_.Deregister("a", [](auto) {}));
    loop_.Advance(absl::ZeroDuration());
  };
  ask();
  ask();
  EXPECT_EQ(consul_.questions, 1);
  consul_.mood = Mood::kAway;
  ask();
  ask();
  EXPECT_EQ(consul_.questions, 2);
}

TEST_F(ClientTest, AfterAFailureTheNextAddressIsTriedAndInTheEndTheNameIsResolvedAgain) {
  consul_.addresses = {"127.0.0.1", "127.0.0.2"};
  consul_.mood = Mood::kAway;
  std::vector<std::string> tried;
  for (int i = 0; i < 3; ++i) {
    // Two at once fail together, and move on by one.
    const auto one = client_.Deregister("a", [](auto) {});
    const auto two = client_.Deregister("b", [](auto) {});
    loop_.Advance(absl::ZeroDuration());
    tried.push_back(std::get<TcpEndpoint>(consul_.last.endpoint).address);
  }
  EXPECT_THAT(tried, ElementsAre("127.0.0.1", "127.0.0.2", "127.0.0.1"));
  EXPECT_EQ(consul_.questions, 2);
}

TEST_F(ClientTest, ANameThatCannotBeResolvedFailsWhateverWaits) {
  consul_.resolvable = false;
  std::vector<absl::StatusCode> results;
  const auto one = client_.Deregister("a", [&](auto status) { results.push_back(status.code()); });
  const auto two = client_.Services([&](auto held) { results.push_back(held.status().code()); });
  loop_.Advance(absl::ZeroDuration());
  EXPECT_THAT(results, ElementsAre(absl::StatusCode::kUnavailable, absl::StatusCode::kUnavailable));
  consul_.resolvable = true;
  const auto three =
      client_.Deregister("a", [&](auto status) { results.push_back(status.code()); });
  loop_.Advance(absl::ZeroDuration());
  EXPECT_EQ(results.back(), absl::StatusCode::kOk);
}

TEST_F(ClientTest, NoMoreThanTheBoundIsUnderWayAndDeregistrationsGoFirst) {
  consul_.mood = Mood::kSilent;
  std::vector<std::unique_ptr<Operation>> operations;
  for (int i = 0; i < 100; ++i) {
    operations.push_back(client_.Register(Service("a"), "", [](auto) {}));
  }
  loop_.Advance(absl::ZeroDuration());
  EXPECT_EQ(consul_.open, Client::kMaxUnderWayButDeregistrations);
  for (int i = 0; i < 100; ++i) operations.push_back(client_.Deregister("a", [](auto) {}));
  EXPECT_EQ(consul_.open, Client::kMaxUnderWay);
  consul_.mood = Mood::kWell;
  loop_.Advance(absl::Minutes(1));
  EXPECT_EQ(consul_.most_open, Client::kMaxUnderWay);
  EXPECT_EQ(consul_.requests.size(), 200u);
}

TEST_F(ClientTest, WhatIsCancelledGivesItsPlaceBackAndIsNotSent) {
  consul_.mood = Mood::kSilent;
  std::vector<std::unique_ptr<Operation>> operations;
  for (int i = 0; i < Client::kMaxUnderWayButDeregistrations; ++i) {
    operations.push_back(client_.Register(Service("a"), "", [](auto) { FAIL(); }));
  }
  loop_.Advance(absl::ZeroDuration());
  auto cancelled = client_.Register(Service("cancelled"), "", [](auto) { FAIL(); });
  auto waiting = client_.Register(Service("waiting"), "", [](auto) {});
  cancelled.reset();
  operations.clear();
  EXPECT_TRUE(waiting->sent());
  EXPECT_EQ(consul_.open, 1);
  EXPECT_NE(consul_.last.body.find("waiting"), std::string::npos);
}

}  // namespace
}  // namespace mesos_executor::consul
