#include "sidecars/consul_registrar/holdings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mesos_executor::consul {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kServices[] = R"({
  "t_web_80": {"ID": "t_web_80", "Service": "web", "Tags": ["b", "a"],
               "Meta": {"mesos_task_id": "t", "mesos_framework_id": "f"}, "Port": 80,
               "Address": "127.0.0.1", "Weights": {"Passing": 1, "Warning": 1}},
  "odd": {"Service": 7, "Port": "x", "Tags": null},
  "other": {"Service": "web", "Meta": {"mesos_task_id": "t", "mesos_framework_id": "g"}}})";
constexpr char kChecks[] = R"({
  "service:t_web_80": {"CheckID": "service:t_web_80", "Status": "warning", "Type": "http"},
  "serfHealth": {"Status": "passing"}})";

ServiceDefinition Web() {
  ServiceDefinition web;
  web.name = "web";
  web.address = "127.0.0.1";
  web.port = 80;
  web.tags = {"a", "b"};
  web.meta = {{"mesos_task_id", "t"}, {"mesos_framework_id", "f"}};
  web.check.emplace().http = "http://127.0.0.1:80/";
  return web;
}

TEST(HoldingsTest, TheListingsAreRead) {
  const auto holdings = Holdings::Read(kServices, kChecks);
  ASSERT_TRUE(holdings.ok()) << holdings.status();
  const HeldService* held = holdings->Find("t_web_80");
  ASSERT_NE(held, nullptr);
  EXPECT_EQ(held->check->status, "warning");
  EXPECT_TRUE(held->Is(Web()));
  EXPECT_FALSE(holdings->Find("odd")->Is(Web()));
  EXPECT_EQ(holdings->Find("serfHealth"), nullptr);
}

TEST(HoldingsTest, WhateverARegistrationWouldChangeIsADifference) {
  const auto holdings = Holdings::Read(kServices, kChecks);
  ASSERT_TRUE(holdings.ok()) << holdings.status();
  const HeldService& held = *holdings->Find("t_web_80");
  for (const auto& change : std::vector<void (*)(ServiceDefinition&)>{
           [](auto& web) { web.name = "other"; },
           [](auto& web) { web.address = "127.0.0.2"; },
           [](auto& web) { web.port = 81; },
           [](auto& web) { web.tags = {"a"}; },
           [](auto& web) { web.meta["mesos_task_id"] = "other"; },
           [](auto& web) { web.check->http.clear(), web.check->tcp = "127.0.0.1:80"; },
           [](auto& web) { web.check->http.clear(), web.check->ttl = kTtl; },
       }) {
    ServiceDefinition web = Web();
    change(web);
    EXPECT_FALSE(held.Is(web));
  }
}

TEST(HoldingsTest, ACheckThatSomebodyRemovedIsADifference) {
  const auto holdings = Holdings::Read(kServices, "{}");
  ASSERT_TRUE(holdings.ok()) << holdings.status();
  ServiceDefinition web = Web();
  EXPECT_FALSE(holdings->Find("t_web_80")->Is(web));
  web.check.reset();
  EXPECT_TRUE(holdings->Find("t_web_80")->Is(web));
}

TEST(HoldingsTest, ServicesOfATaskAreThoseThatAreMarkedSoInAllPoints) {
  const auto holdings = Holdings::Read(kServices, kChecks);
  ASSERT_TRUE(holdings.ok()) << holdings.status();
  EXPECT_THAT(holdings->MarkedWith(Web().meta), ElementsAre("t_web_80"));
  EXPECT_THAT(holdings->MarkedWith({{"mesos_task_id", "t"}}), IsEmpty());
  EXPECT_THAT(holdings->MarkedWith({}), IsEmpty());
}

TEST(HoldingsTest, AListingThatIsNoneIsTriedAgain) {
  for (const auto* body : {"", "[]", "null", "{\"a\":", "{\"a\": 1}"}) {
    EXPECT_EQ(Holdings::Read(body, "{}").status().code(), absl::StatusCode::kUnavailable) << body;
    EXPECT_EQ(Holdings::Read("{}", body).status().code(), absl::StatusCode::kUnavailable) << body;
  }
}

}  // namespace
}  // namespace mesos_executor::consul
