// What was done before: by an earlier process, by another task, by somebody at VaaS.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sidecars/vaas_registrar/registrar_fixture.h"

namespace mesos_executor::vaas {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Mood = ScriptedVaas::Mood;
using Outcome = lifecycle::v1::Answer;

TEST_F(RegistrarTest, ADuplicateIsAdopted) {
  AddByHand();
  Register();
  EXPECT_THAT(vaas_.Backends(), ElementsAre(kWeb));
  Enter(lifecycle::v1::TERMINATED);
  loop_.Advance(absl::Seconds(1));
  EXPECT_THAT(vaas_.Backends(), IsEmpty());
}

TEST_F(RegistrarTest, APortThatIsUsedAgainIsNotTakenFromItsNewTask) {
  Register("old");
  vaas_.mood = Mood::kAway;
  Enter(lifecycle::v1::TERMINATED, "old");
  Begin("new");
  loop_.Advance(absl::Minutes(1));
  vaas_.mood = Mood::kWell;
  loop_.Advance(absl::Minutes(1));
  EXPECT_THAT(vaas_.Backends(), ElementsAre(kWeb));
  EXPECT_EQ(replies_["new"].back(), Outcome::OK);
  EXPECT_EQ(replies_["old"].back(), Outcome::OK);
  EXPECT_FALSE(memory_.records.contains("old"));
  // Also when the word of its end comes again.
  registrar_->Undo(Key("old"));
  loop_.Advance(absl::Minutes(1));
  EXPECT_THAT(vaas_.Backends(), ElementsAre(kWeb));
  Enter(lifecycle::v1::TERMINATED, "new");
  loop_.Advance(absl::Seconds(1));
  EXPECT_THAT(vaas_.Backends(), IsEmpty());
}

TEST_F(RegistrarTest, APortThatIsUsedAgainIsInTheRecordOfOneTaskAtAnyTime) {
  Register("old");
  State(lifecycle::v1::STARTED, "new");
  registrar_->OnPhase(Key("new"), {.phase = lifecycle::v1::HEALTHY}, absl::Seconds(10),
                      [](const sidecar::Reply&) {});
  registrar_->OnPhase(Key("old"), {.phase = lifecycle::v1::TERMINATED}, absl::Seconds(10),
                      [](const sidecar::Reply&) {});
  EXPECT_FALSE(memory_.records.contains("old"));
  EXPECT_TRUE(memory_.records.contains("new"));
}

TEST_F(RegistrarTest, ARowThatSomebodyRemovedComesBack) {
  Register();
  vaas_.vaas.RemoveBackend(4);
  loop_.Advance(Comparison::kEvery + absl::Seconds(5));
  EXPECT_THAT(vaas_.Backends(), ElementsAre(kWeb));
  EXPECT_THAT(memory_.records["a"], HasSubstr("\"id\":5"));
  const int posts = vaas_.Count("POST");
  loop_.Advance(absl::Minutes(10));
  EXPECT_EQ(vaas_.Count("POST"), posts);
  // One list a minute, however many tasks there are.
  EXPECT_EQ(vaas_.Count("GET /api/v0.1/backend/?address=10.0.0.7&limit=1000&offset=0"), 11);
}

TEST_F(RegistrarTest, AKilledSidecarFindsWhatItHadAdded) {
  Register();
  vaas_.requests.clear();
  Restart();
  State(lifecycle::v1::HEALTHY);
  Enter(lifecycle::v1::HEALTHY);
  EXPECT_THAT(replies_["a"], ElementsAre(Outcome::OK));
  EXPECT_EQ(vaas_.Count("POST"), 0);
  EXPECT_EQ(vaas_.Count("GET /api/v0.1/backend/?director=2"), 1);
  Enter(lifecycle::v1::TERMINATED);
  loop_.Advance(absl::Seconds(1));
  EXPECT_THAT(vaas_.Backends(), IsEmpty());
}

TEST_F(RegistrarTest, ASidecarWithoutAJournalFindsWhatItHadAdded) {
  Register();
  Start();
  State(lifecycle::v1::BEFORE_TERMINATE);
  Enter(lifecycle::v1::BEFORE_TERMINATE);
  loop_.Advance(absl::Seconds(1));
  EXPECT_THAT(replies_["a"], ElementsAre(Outcome::OK));
  EXPECT_THAT(vaas_.Backends(), IsEmpty());
}

TEST_F(RegistrarTest, ASidecarKilledBetweenAdditionAndAnswerLeavesNothingBehind) {
  vaas_.mood_of_changes = Mood::kSwallows;
  Begin();
  ASSERT_THAT(vaas_.Backends(), ElementsAre(kWeb));
  vaas_.mood_of_changes = Mood::kWell;
  Restart();
  loop_.Advance(absl::Minutes(1));
  EXPECT_THAT(vaas_.Backends(), ElementsAre(kWeb)) << "its task may still live";
  registrar_->Undo(Key("a"));
  loop_.Advance(absl::Seconds(1));
  EXPECT_THAT(vaas_.Backends(), IsEmpty());
  loop_.Advance(BackendKeeper::kLateAddition);
  EXPECT_THAT(memory_.records, IsEmpty());
}

TEST_F(RegistrarTest, AnAdditionThatOutlivesItsSidecarAndComesLateIsRemoved) {
  vaas_.mood_of_changes = Mood::kSilent;
  Begin();
  Restart();
  registrar_->Undo(Key("a"));
  loop_.Advance(absl::Seconds(1));
  // Only now VaaS carries out what it was sent.
  vaas_.mood_of_changes = Mood::kWell;
  AddByHand();
  EXPECT_THAT(memory_.records, SizeIs(1));
  loop_.Advance(BackendKeeper::kLateAddition + absl::Seconds(1));
  EXPECT_THAT(vaas_.Backends(), IsEmpty());
  EXPECT_THAT(memory_.records, IsEmpty());
}

TEST_F(RegistrarTest, ATaskThatEndedWhileNobodyListenedIsForgottenOnceNothingIsLeftOfIt) {
  Register();
  State(lifecycle::v1::TERMINATED);
  // One that never had a backend, too.
  memory_.records["b"] = R"({"backends":[]})";
  facts_ = R"(labels { key: "consul" value: "web" })";
  State(lifecycle::v1::TERMINATED, "b");
  loop_.Advance(absl::Seconds(1));
  EXPECT_THAT(memory_.records, IsEmpty());
  EXPECT_THAT(vaas_.Backends(), IsEmpty());
  bool idle = false;
  registrar_->WhenIdle([&] { idle = true; });
  EXPECT_TRUE(idle);
}

TEST_F(RegistrarTest, ARecordThatIsNotReadableIsForgottenWithItsTask) {
  memory_.records["a"] = "nonsense";
  Restart();
  registrar_->Undo(Key("a"));
  loop_.Advance(absl::Seconds(1));
  EXPECT_THAT(memory_.records, IsEmpty());
  EXPECT_THAT(vaas_.requests, IsEmpty());
}

}  // namespace
}  // namespace mesos_executor::vaas
