// What Consul holds is compared with what it should hold, and mended.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdio.h>

#include <fstream>
#include <string>

#include "sidecars/consul_registrar/registrar_fixture.h"

namespace mesos_executor::consul {
namespace {

using lifecycle::v1::Answer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ComparisonTest : public RegistrarFixture {};

TEST_F(ComparisonTest, AConsulThatWasRestartedEmptyIsFilledAgain) {
  RegisterTask();
  RegisterTask("b.2");
  consul_.services.clear();
  consul_.requests.clear();
  loop_.Advance(Comparison::kEvery);
  EXPECT_EQ(consul_.services.size(), 2u);
  // One listing for all.
  EXPECT_EQ(consul_.Count("GET /v1/agent/services"), 1);
  EXPECT_EQ(consul_.StatusOf(kWeb), "passing");
}

TEST_F(ComparisonTest, AnEntryThatSomebodyChangedIsMended) {
  RegisterTask();
  consul_.services[kWeb]["Tags"] = {"other"};
  loop_.Advance(Comparison::kEvery);
  EXPECT_EQ(consul_.services[kWeb]["Tags"], nlohmann::json({"marathon"}));
  const int puts = consul_.Count("PUT");
  loop_.Advance(absl::Minutes(1));
  EXPECT_EQ(consul_.Count("PUT"), puts);
}

TEST_F(ComparisonTest, NothingIsAskedOnceNoTaskIsLeft) {
  RegisterTask();
  Enter(lifecycle::v1::TERMINATED);
  loop_.Advance(Comparison::kEvery);
  consul_.requests.clear();
  loop_.Advance(absl::Hours(1));
  EXPECT_THAT(consul_.requests, IsEmpty());
  EXPECT_EQ(loop_.timers(), 0u);
}

TEST_F(ComparisonTest, ManyReconnectionsCostOneListing) {
  for (int i = 0; i < 100; ++i) {
    const std::string id = "b." + std::to_string(i);
    registrar_->OnState(Key(id), AttachOf(id), StateOf(lifecycle::v1::HEALTHY));
  }
  loop_.Advance(absl::ZeroDuration());
  EXPECT_EQ(consul_.Count("GET /v1/agent/services"), 1);
  EXPECT_EQ(consul_.services.size(), 100u);
}

TEST_F(ComparisonTest, WhatSomebodyRemovedByHandIsPutBack) {
  RegisterTask();
  consul_.services.erase(kWeb);
  loop_.Advance(Comparison::kEvery);
  EXPECT_TRUE(InConsul());
  EXPECT_THAT(metrics_.Text(),
              HasSubstr(R"(consul_registrar_comparisons_total{outcome="different"} 1)"));
  loop_.Advance(Comparison::kEvery);
  EXPECT_THAT(metrics_.Text(),
              HasSubstr(R"(consul_registrar_comparisons_total{outcome="same"} 1)"));
}

TEST_F(ComparisonTest, ACheckThatSomebodyRemovedIsPutBack) {
  RegisterTask();
  consul_.services[kWeb].erase("Check");
  loop_.Advance(Comparison::kEvery);
  EXPECT_TRUE(consul_.services[kWeb].contains("Check"));
}

TEST_F(ComparisonTest, AServiceThatIsMarkedAsTheTasksAndIsNotIsRemoved) {
  auto attach = AttachOf();
  State(lifecycle::v1::STARTED, attach);
  Enter(lifecycle::v1::HEALTHY);
  auto stray = consul_.services.at(kWeb);
  stray["ID"] = "a.1_old_81";
  consul_.services["a.1_old_81"] = stray;
  auto anothers = stray;
  anothers["Meta"]["mesos_task_id"] = "z.9";
  consul_.services["z.9_old_81"] = anothers;
  loop_.Advance(Comparison::kEvery);
  EXPECT_TRUE(InConsul());
  EXPECT_FALSE(InConsul("a.1_old_81"));
  EXPECT_TRUE(InConsul("z.9_old_81"));
}

TEST_F(ComparisonTest, AListingThatFailsIsTriedAgainAtItsTime) {
  RegisterTask();
  consul_.services.clear();
  consul_.mood = Mood::kFails;
  loop_.Advance(Comparison::kEvery);
  EXPECT_THAT(metrics_.Text(),
              HasSubstr(R"(consul_registrar_comparisons_total{outcome="failed"} 1)"));
  consul_.mood = Mood::kWell;
  loop_.Advance(Comparison::kEvery);
  EXPECT_TRUE(InConsul());
}

TEST_F(ComparisonTest, ANewTokenRegistersEverythingWithIt) {
  const std::string path = std::string(::testing::TempDir()) + "/token";
  const auto write = [&](const char* token) {
    std::ofstream(path + ".new") << token;
    ASSERT_EQ(rename((path + ".new").c_str(), path.c_str()), 0);
  };
  write("first");
  consul_.token = "first";
  settings_.token_file = path;
  Start();
  RegisterTask();
  RegisterTask("b.2");
  write("second");
  consul_.token = "second";
  consul_.requests.clear();
  loop_.Advance(Comparison::kEvery);
  EXPECT_EQ(consul_.Count("PUT /v1/agent/service/register"), 2);
  loop_.Advance(absl::Minutes(1));
  EXPECT_EQ(consul_.Count("PUT /v1/agent/service/register"), 2);
}

}  // namespace
}  // namespace mesos_executor::consul
