// What Consul is told of a task's health.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "sidecars/consul_registrar/registrar_fixture.h"

namespace mesos_executor::consul {
namespace {

using lifecycle::v1::Answer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class RegistrarHealthTest : public RegistrarFixture {};

TEST_F(RegistrarHealthTest, ASickTaskStaysRegistered) {
  RegisterTask();
  Enter(lifecycle::v1::UNHEALTHY);
  loop_.Advance(absl::Minutes(1));
  EXPECT_TRUE(InConsul());
  EXPECT_EQ(consul_.Count("PUT"), 1);
}

TEST_F(RegistrarHealthTest, ASickTaskIsNotRevivedByRegisteringItAgain) {
  RegisterTask();
  Enter(lifecycle::v1::UNHEALTHY);
  consul_.services.clear();
  loop_.Advance(Comparison::kEvery);
  EXPECT_TRUE(InConsul());
  EXPECT_EQ(consul_.StatusOf(kWeb), "critical");
}

// With a check that Consul cannot repeat.
class PassedOnHealthTest : public RegistrarFixture {
 protected:
  PassedOnHealthTest() {
    attach_ = AttachOf();
    attach_.mutable_task()->mutable_health_check()->clear_tcp();
    State(lifecycle::v1::STARTED, attach_);
    Enter(lifecycle::v1::HEALTHY);
    EXPECT_EQ(consul_.StatusOf(kWeb), "passing");
  }
  lifecycle::v1::Attach attach_;
};

TEST_F(PassedOnHealthTest, EachChangeIsPassedOnAtOnce) {
  Enter(lifecycle::v1::UNHEALTHY);
  EXPECT_EQ(consul_.StatusOf(kWeb), "critical");
  Enter(lifecycle::v1::HEALTHY);
  EXPECT_THAT(replies_["a.1"], ElementsAre(Answer::OK));
  EXPECT_EQ(consul_.StatusOf(kWeb), "passing");
  EXPECT_EQ(consul_.Count("PUT /v1/agent/check/update/service:a.1_web_80"), 2);
}

TEST_F(PassedOnHealthTest, TheNewestHealthIsPassedOnWhenConsulIsBack) {
  consul_.mood = Mood::kAway;
  Enter(lifecycle::v1::UNHEALTHY);
  loop_.Advance(absl::Minutes(1));
  Enter(lifecycle::v1::HEALTHY);
  Enter(lifecycle::v1::UNHEALTHY);
  consul_.mood = Mood::kWell;
  loop_.Advance(sidecar::RetryPause::kLast);
  EXPECT_EQ(consul_.StatusOf(kWeb), "critical");
}

TEST_F(PassedOnHealthTest, TheCheckIsToldOftenEnoughToGoOnBelievingIt) {
  consul_.requests.clear();
  loop_.Advance(absl::Hours(1));
  EXPECT_GE(consul_.Count("PUT /v1/agent/check/update/"), absl::Hours(1) / kTtl * 3);
  EXPECT_LE(consul_.Count("PUT /v1/agent/check/update/"), absl::Hours(1) / kTtl * 5);
}

TEST_F(PassedOnHealthTest, ACheckThatRanOutWhileNobodyToldItIsMended) {
  consul_.services[kWeb]["Check"]["Status"] = "critical";
  loop_.Advance(Comparison::kEvery);
  EXPECT_EQ(consul_.StatusOf(kWeb), "passing");
}

TEST_F(PassedOnHealthTest, AnUpdateOfWhatSomebodyRemovedRegistersItAgainWithTheNewHealth) {
  consul_.services.clear();
  Enter(lifecycle::v1::UNHEALTHY);
  ASSERT_TRUE(InConsul());
  EXPECT_EQ(consul_.StatusOf(kWeb), "critical");
}

TEST_F(PassedOnHealthTest, AnUpdateThatIsRefusedIsNotSentAgainAtOnce) {
  consul_.mood = Mood::kInvalid;
  Enter(lifecycle::v1::UNHEALTHY);
  EXPECT_THAT(replies_["a.1"], ElementsAre(Answer::FAILED));
  EXPECT_EQ(consul_.Count("PUT /v1/agent/check/update/"), 1);
  consul_.mood = Mood::kWell;
  loop_.Advance(KeptTask::kRefused);
  EXPECT_EQ(consul_.StatusOf(kWeb), "critical");
}

TEST_F(PassedOnHealthTest, AnotherProcessOfTheSidecarGoesOnWithTheHealthThatItIsTold) {
  Start();
  registrar_->OnRecovered(Key(), memory_.records["a.1"]);
  State(lifecycle::v1::UNHEALTHY, attach_);
  EXPECT_EQ(consul_.StatusOf(kWeb), "critical");
}

TEST_F(RegistrarHealthTest, WhatConsulsOwnCheckSaidLastIsKeptWhenItIsPutBack) {
  RegisterTask();
  consul_.services[kWeb]["Check"]["Status"] = "critical";
  loop_.Advance(Comparison::kEvery);
  consul_.services.clear();
  loop_.Advance(Comparison::kEvery);
  ASSERT_TRUE(InConsul());
  EXPECT_EQ(consul_.StatusOf(kWeb), "critical");
}

}  // namespace
}  // namespace mesos_executor::consul
