// Reconnections, restarts of the sidecar, and what was remembered.
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

class RegistrarRecoveryTest : public RegistrarFixture {};

TEST_F(RegistrarRecoveryTest, AReconnectionLooksAndLeavesWhatIsRightAlone) {
  RegisterTask();
  Start();
  consul_.requests.clear();
  registrar_->OnRecovered(Key("a.1"), memory_.records["a.1"]);
  EXPECT_THAT(consul_.requests, IsEmpty());
  State(lifecycle::v1::HEALTHY);
  EXPECT_THAT(consul_.requests, ElementsAre("GET /v1/agent/services", "GET /v1/agent/checks"));
  EXPECT_TRUE(InConsul());
}

TEST_F(RegistrarRecoveryTest, AReconnectionToTheSameProcessLooksToo) {
  RegisterTask();
  consul_.services.clear();
  State(lifecycle::v1::HEALTHY);
  EXPECT_TRUE(InConsul());
}

TEST_F(RegistrarRecoveryTest, AReconnectionPutsBackWhatIsMissingWithoutAnyRecord) {
  State(lifecycle::v1::UNHEALTHY);
  EXPECT_TRUE(InConsul());
  EXPECT_EQ(consul_.StatusOf(kWeb), "critical");
  EXPECT_EQ(memory_.records.size(), 1u);
}

TEST_F(RegistrarRecoveryTest, AReconnectionAfterTheKillBeganUndoesWithoutAnyRecord) {
  RegisterTask();
  Start();
  State(lifecycle::v1::BEFORE_TERMINATE);
  EXPECT_FALSE(InConsul());
}

TEST_F(RegistrarRecoveryTest, WhatAnEarlierProcessDidIsUndoneFromItsRecordAlone) {
  RegisterTask();
  const std::string record = memory_.records["a.1"];
  Start();
  registrar_->OnRecovered(Key("a.1"), record);
  registrar_->Undo(Key("a.1"));
  loop_.Advance(absl::ZeroDuration());
  EXPECT_FALSE(InConsul());
  loop_.Advance(KeptTask::kLateRegistration);
  EXPECT_THAT(memory_.forgotten, ElementsAre("a.1"));
}

TEST_F(RegistrarRecoveryTest, WhatAnEarlierProcessSentAndConsulCarriesOutLateIsUndone) {
  consul_.mood = Mood::kSilent;
  State(lifecycle::v1::STARTED);
  Enter(lifecycle::v1::HEALTHY);
  const auto late = nlohmann::json::parse(consul_.last.body);
  consul_.mood = Mood::kWell;
  Start();
  registrar_->OnRecovered(Key("a.1"), memory_.records["a.1"]);
  registrar_->Undo(Key("a.1"));
  loop_.Advance(absl::ZeroDuration());
  consul_.services[kWeb] = late;
  loop_.Advance(KeptTask::kLateRegistration);
  EXPECT_FALSE(InConsul());
  EXPECT_THAT(memory_.records, IsEmpty());
}

TEST_F(RegistrarRecoveryTest, ARecordThatMakesNoSenseIsForgottenWithTheTask) {
  for (const auto* record : {"", "{}", "[]", "{\"services\":[1]}", "{\"services\":7}"}) {
    registrar_->OnRecovered(Key("a.1"), record);
    registrar_->Undo(Key("a.1"));
    loop_.Advance(absl::ZeroDuration());
    EXPECT_THAT(memory_.forgotten, ElementsAre("a.1")) << record;
    memory_.forgotten.clear();
  }
}

TEST_F(RegistrarRecoveryTest, ATaskWhoseSupervisorComesBackAfterTheLeaseIsRegisteredAgain) {
  RegisterTask();
  consul_.mood = Mood::kAway;
  registrar_->Undo(Key("a.1"));
  loop_.Advance(absl::Seconds(1));
  consul_.mood = Mood::kWell;
  State(lifecycle::v1::HEALTHY);
  loop_.Advance(absl::Minutes(1));
  EXPECT_TRUE(InConsul());
  EXPECT_EQ(memory_.records.size(), 1u);
  EXPECT_THAT(memory_.forgotten, IsEmpty());
}

TEST_F(RegistrarRecoveryTest, AnOlderTaskOfTheSameIdsIsUndoneWhileTheNewOneIsNotHealthy) {
  RegisterTask();
  consul_.mood = Mood::kAway;
  registrar_->Undo(Key("a.1"));
  loop_.Advance(absl::Seconds(1));
  auto newer = AttachOf("a.1");
  newer.set_incarnation("B");
  registrar_->OnState(Key("a.1"), newer, StateOf(lifecycle::v1::PHASE_UNSPECIFIED));
  Enter(lifecycle::v1::BEFORE_START);
  EXPECT_THAT(replies_["a.1"], ElementsAre(Answer::OK));
  consul_.mood = Mood::kWell;
  loop_.Advance(absl::Minutes(1));
  EXPECT_FALSE(InConsul());
  Enter(lifecycle::v1::HEALTHY);
  EXPECT_THAT(replies_["a.1"], ElementsAre(Answer::OK));
  EXPECT_TRUE(InConsul());
}

TEST_F(RegistrarRecoveryTest, WhatARecordSaysOfAnOlderTaskIsUndoneWhileTheNewOneIsNotHealthy) {
  RegisterTask();
  Start();
  registrar_->OnRecovered(Key("a.1"), memory_.records["a.1"]);
  State(lifecycle::v1::STARTED);
  EXPECT_FALSE(InConsul());
}

TEST_F(RegistrarRecoveryTest, AnotherIncarnationsRegistrationIsReplacedThoughTheListingLooksRight) {
  RegisterTask();
  const std::string record = memory_.records["a.1"];
  auto newer = AttachOf("a.1");
  newer.set_incarnation("B");
  newer.mutable_task()->mutable_health_check()->mutable_interval()->set_seconds(7);
  for (const bool restarted : {false, true}) {
    consul_.services[kWeb]["Check"]["Interval"] = "5s";
    if (restarted) {
      Start();
      registrar_->OnRecovered(Key("a.1"), record);
    }
    registrar_->OnState(Key("a.1"), newer, StateOf(lifecycle::v1::HEALTHY));
    loop_.Advance(absl::ZeroDuration());
    EXPECT_EQ(consul_.services[kWeb]["Check"]["Interval"], "7s") << restarted;
    newer.set_incarnation("C");
  }
}

}  // namespace
}  // namespace mesos_executor::consul
