// A task's life with a Consul that is well.
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

class RegistrarTest : public RegistrarFixture {};

TEST_F(RegistrarTest, ATaskIsRegisteredWhenHealthyAndDeregisteredBeforeItIsKilled) {
  State(lifecycle::v1::PHASE_UNSPECIFIED);
  Enter(lifecycle::v1::BEFORE_START);
  EXPECT_THAT(replies_["a.1"], ElementsAre(Answer::OK));
  Enter(lifecycle::v1::STARTED);
  EXPECT_THAT(consul_.requests, IsEmpty());

  Enter(lifecycle::v1::HEALTHY);
  EXPECT_THAT(replies_["a.1"], ElementsAre(Answer::OK));
  EXPECT_TRUE(InConsul());
  EXPECT_EQ(consul_.StatusOf(kWeb), "passing");
  EXPECT_EQ(memory_.records["a.1"], R"({"incarnation":"A","services":["a.1_web_80"]})");

  Enter(lifecycle::v1::BEFORE_TERMINATE);
  EXPECT_THAT(replies_["a.1"], ElementsAre(Answer::OK));
  EXPECT_EQ(reply_.message, "deregistered 1 service");
  EXPECT_FALSE(InConsul());
  EXPECT_EQ(memory_.records.size(), 1u);

  Enter(lifecycle::v1::TERMINATED);
  EXPECT_THAT(replies_["a.1"], ElementsAre(Answer::OK));
  EXPECT_EQ(reply_.message, "nothing was left to deregister");
  EXPECT_THAT(memory_.records, IsEmpty());
  EXPECT_THAT(consul_.requests, ElementsAre("PUT /v1/agent/service/register",
                                            "PUT /v1/agent/service/deregister/a.1_web_80"));
}

TEST_F(RegistrarTest, ATaskThatEndsByItselfIsDeregistered) {
  RegisterTask();
  Enter(lifecycle::v1::TERMINATED, "a.1", absl::ZeroDuration());
  EXPECT_FALSE(InConsul());
  EXPECT_THAT(memory_.forgotten, ElementsAre("a.1"));
}

TEST_F(RegistrarTest, TheRecordIsOnDiskBeforeConsulHears) {
  consul_.mood = Mood::kSilent;
  State(lifecycle::v1::STARTED);
  Enter(lifecycle::v1::HEALTHY);
  EXPECT_EQ(memory_.records["a.1"], R"({"incarnation":"A","services":["a.1_web_80"]})");
}

TEST_F(RegistrarTest, PhasesMayComeTwice) {
  RegisterTask();
  Enter(lifecycle::v1::HEALTHY);
  EXPECT_THAT(replies_["a.1"], ElementsAre(Answer::OK));
  EXPECT_EQ(consul_.Count("PUT"), 1);
  for (const auto phase : {lifecycle::v1::BEFORE_TERMINATE, lifecycle::v1::BEFORE_TERMINATE,
                           lifecycle::v1::TERMINATED, lifecycle::v1::TERMINATED}) {
    Enter(phase);
    EXPECT_THAT(replies_["a.1"], ElementsAre(Answer::OK));
  }
  EXPECT_EQ(consul_.Count("PUT /v1/agent/service/deregister"), 1);
}

TEST_F(RegistrarTest, ATaskWithoutTheLabelCostsConsulNothing) {
  auto attach = AttachOf("a.1");
  attach.mutable_task()->clear_labels();
  State(lifecycle::v1::STARTED, attach);
  for (const auto phase :
       {lifecycle::v1::HEALTHY, lifecycle::v1::BEFORE_TERMINATE, lifecycle::v1::TERMINATED}) {
    Enter(phase);
    EXPECT_THAT(replies_["a.1"], ElementsAre(Answer::OK));
  }
  loop_.Advance(absl::Minutes(1));
  EXPECT_THAT(consul_.requests, IsEmpty());
  EXPECT_EQ(loop_.timers(), 0u);
}

TEST_F(RegistrarTest, ALabelThatMakesNoSenseIsRefusedWithAReason) {
  auto attach = AttachOf("a.1");
  attach.mutable_task()->clear_ports();
  State(lifecycle::v1::STARTED, attach);
  Enter(lifecycle::v1::HEALTHY);
  EXPECT_THAT(replies_["a.1"], ElementsAre(Answer::FAILED));
  EXPECT_NE(reply_.message.find("no port"), std::string::npos);
  Enter(lifecycle::v1::TERMINATED);
  EXPECT_THAT(replies_["a.1"], ElementsAre(Answer::OK));
}

TEST_F(RegistrarTest, ARefusalIsSaidAtOnceAndTriedAgainSlowly) {
  consul_.mood = Mood::kRefuses;
  State(lifecycle::v1::STARTED);
  Enter(lifecycle::v1::HEALTHY);
  EXPECT_THAT(replies_["a.1"], ElementsAre(Answer::FAILED));
  EXPECT_NE(reply_.message.find("Permission denied"), std::string::npos);
  loop_.Advance(sidecar::RetryPause::kLast - absl::Seconds(1));
  EXPECT_EQ(consul_.Count("PUT"), 1);
  // The operator has mended the token's policy.
  consul_.mood = Mood::kWell;
  loop_.Advance(absl::Seconds(1));
  EXPECT_TRUE(InConsul());
}

TEST_F(RegistrarTest, ARefusedServiceHoldsUpNeitherTheRegistrationNorTheRemovalOfAnother) {
  consul_.locked = {kWeb};
  auto attach = AttachOf();
  auto* port = attach.mutable_task()->add_ports();
  port->set_number(81);
  auto* label = port->add_labels();
  label->set_key("consul");
  label->set_value("zoo");
  label = attach.mutable_task()->mutable_ports(0)->add_labels();
  label->set_key("consul");
  label->set_value("web");
  State(lifecycle::v1::STARTED, attach);
  Enter(lifecycle::v1::HEALTHY);
  EXPECT_THAT(replies_["a.1"], ElementsAre(Answer::FAILED));
  EXPECT_FALSE(InConsul());
  EXPECT_TRUE(InConsul("a.1_zoo_81"));

  consul_.locked.clear();
  loop_.Advance(sidecar::RetryPause::kLast);
  EXPECT_TRUE(InConsul());
  consul_.locked = {kWeb};
  Enter(lifecycle::v1::BEFORE_TERMINATE);
  EXPECT_THAT(replies_["a.1"], ElementsAre(Answer::FAILED));
  EXPECT_FALSE(InConsul("a.1_zoo_81"));
  EXPECT_TRUE(InConsul());
}

TEST_F(RegistrarTest, AStrayServiceThatMayNotBeRemovedIsTriedAgainSlowly) {
  RegisterTask();
  consul_.services["stray"] = consul_.services[kWeb];
  consul_.locked = {"stray"};
  loop_.Advance(absl::Minutes(10));
  EXPECT_GE(consul_.Count("PUT /v1/agent/service/deregister/stray"), 2);
  EXPECT_LE(consul_.Count("PUT /v1/agent/service/deregister/stray"), 1 + 600 / 15);
  EXPECT_TRUE(InConsul());
}

TEST_F(RegistrarTest, WhatSomebodyEditedAndMayNotBeMendedIsRemovedWithTheTask) {
  RegisterTask();
  consul_.services[kWeb]["Tags"] = {"edited"};
  consul_.locked = {kWeb};
  loop_.Advance(Comparison::kEvery);
  consul_.locked.clear();
  Enter(lifecycle::v1::TERMINATED);
  EXPECT_FALSE(InConsul());
}

TEST_F(RegistrarTest, ABadDefinitionIsSaidAndSentAgainAFewTimes) {
  consul_.mood = Mood::kInvalid;
  State(lifecycle::v1::STARTED);
  Enter(lifecycle::v1::HEALTHY);
  EXPECT_THAT(replies_["a.1"], ElementsAre(Answer::FAILED));
  EXPECT_NE(reply_.message.find("Missing service name"), std::string::npos);
  loop_.Advance(5 * KeptTask::kRefused);
  EXPECT_EQ(consul_.Count("PUT"), 1 + 5);
  Enter(lifecycle::v1::TERMINATED);
  EXPECT_THAT(memory_.records, IsEmpty());
}

TEST_F(RegistrarTest, ATaskThatWasRefusedByAProxyInPassingIsRegisteredInTheEnd) {
  consul_.mood = Mood::kInvalid;
  State(lifecycle::v1::STARTED);
  Enter(lifecycle::v1::HEALTHY);
  consul_.mood = Mood::kWell;
  loop_.Advance(KeptTask::kRefused);
  EXPECT_TRUE(InConsul());
}

TEST_F(RegistrarTest, OneWhosePortsChangeAgainAndAgainLeavesARecordOfThoseThatCountAlone) {
  auto attach = AttachOf();
  for (uint32_t number = 1; number <= 100; ++number) {
    attach.mutable_task()->mutable_ports(0)->set_number(number);
    State(lifecycle::v1::HEALTHY, attach);
  }
  EXPECT_EQ(consul_.services.size(), 1u);
  EXPECT_LE(memory_.records["a.1"].size(), 200u) << memory_.records["a.1"];
}

TEST_F(RegistrarTest, TheDrainDelayIsHeldFromTheDeregistrationOn) {
  auto attach = AttachOf();
  auto* label = attach.mutable_task()->add_labels();
  label->set_key("executor-drain-delay");
  label->set_value("10secs");
  State(lifecycle::v1::STARTED, attach);
  Enter(lifecycle::v1::HEALTHY);
  EXPECT_EQ(reply_.hold, absl::ZeroDuration());
  Enter(lifecycle::v1::BEFORE_TERMINATE);
  EXPECT_EQ(reply_.hold, absl::Seconds(10));
  // The supervisor reconnected, and asks again.
  loop_.Advance(absl::Seconds(4));
  State(lifecycle::v1::BEFORE_TERMINATE, attach);
  Enter(lifecycle::v1::BEFORE_TERMINATE);
  EXPECT_EQ(reply_.hold, absl::Seconds(6));
  Enter(lifecycle::v1::TERMINATED);
  EXPECT_EQ(reply_.hold, absl::ZeroDuration());
}

TEST_F(RegistrarTest, ATaskThatWasNeverRegisteredHasNothingToDrain) {
  auto attach = AttachOf();
  auto* label = attach.mutable_task()->add_labels();
  label->set_key("executor-drain-delay");
  label->set_value("10s");
  State(lifecycle::v1::STARTED, attach);
  Enter(lifecycle::v1::BEFORE_TERMINATE);
  EXPECT_THAT(replies_["a.1"], ElementsAre(Answer::OK));
  EXPECT_EQ(reply_.hold, absl::ZeroDuration());
}

TEST_F(RegistrarTest, RegisteredServicesAreCounted) {
  RegisterTask();
  RegisterTask("b.2");
  EXPECT_THAT(metrics_.Text(), HasSubstr("consul_registrar_registered_services 2"));
  Enter(lifecycle::v1::TERMINATED);
  EXPECT_THAT(metrics_.Text(), HasSubstr("consul_registrar_registered_services 1"));
}

}  // namespace
}  // namespace mesos_executor::consul
