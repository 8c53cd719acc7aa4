// With a VaaS that is away, slow, silent, or broken.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "sidecars/vaas_registrar/registrar_fixture.h"

namespace mesos_executor::vaas {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using Mood = ScriptedVaas::Mood;
using Outcome = lifecycle::v1::Answer;
using sidecar::Reply;

TEST_F(RegistrarTest, AVaasThatWasAwayIsTriedAgainAndTheAnswerFollows) {
  vaas_.mood = Mood::kAway;
  Begin();
  EXPECT_THAT(replies_["a"], ElementsAre(Outcome::PENDING));
  loop_.Advance(absl::Minutes(5));
  EXPECT_THAT(replies_["a"], ElementsAre(Outcome::PENDING));
  EXPECT_GE(vaas_.Count(""), 300 / 15);
  EXPECT_LE(vaas_.Count(""), 300 / 15 + 20);
  vaas_.mood = Mood::kWell;
  loop_.Advance(absl::Seconds(20));
  EXPECT_THAT(replies_["a"], ElementsAre(Outcome::PENDING, Outcome::OK));
  EXPECT_THAT(vaas_.Backends(), ElementsAre(kWeb));
}

TEST_F(RegistrarTest, ATaskThatEndedWhileVaasWasAwayIsNeverAdded) {
  vaas_.mood = Mood::kAway;
  Begin();
  Enter(lifecycle::v1::TERMINATED, "a", absl::ZeroDuration());
  loop_.Advance(absl::Minutes(1));
  vaas_.mood = Mood::kWell;
  loop_.Advance(absl::Minutes(1));
  EXPECT_EQ(vaas_.Count("POST"), 0);
  EXPECT_THAT(memory_.records, IsEmpty());
}

TEST_F(RegistrarTest, ARemovalWaitsForVaasToComeBack) {
  Register();
  vaas_.mood = Mood::kAway;
  Enter(lifecycle::v1::BEFORE_TERMINATE, "a", absl::Seconds(2));
  EXPECT_THAT(replies_["a"], ElementsAre(Outcome::PENDING));
  Enter(lifecycle::v1::TERMINATED, "a", absl::ZeroDuration());
  loop_.Advance(absl::Minutes(10));
  EXPECT_THAT(memory_.records, SizeIs(1));
  vaas_.mood = Mood::kWell;
  loop_.Advance(absl::Seconds(20));
  EXPECT_THAT(vaas_.Backends(), IsEmpty());
  EXPECT_THAT(memory_.records, IsEmpty());
}

TEST_F(RegistrarTest, AnAdditionThatIsDoneButNotAnsweredIsFoundNotRepeated) {
  for (const Mood mood : {Mood::kSwallows, Mood::kFails}) {
    vaas_.requests.clear();
    vaas_.mood_of_changes = mood;
    Begin();
    loop_.Advance(absl::Seconds(11));
    EXPECT_EQ(replies_["a"].front(), Outcome::PENDING);
    EXPECT_EQ(replies_["a"].back(), Outcome::OK);
    EXPECT_EQ(vaas_.Count("POST"), 1);
    EXPECT_THAT(vaas_.Backends(), ElementsAre(kWeb));
    vaas_.mood_of_changes = Mood::kWell;
    Enter(lifecycle::v1::TERMINATED);
    loop_.Advance(absl::Minutes(1));
    EXPECT_THAT(vaas_.Backends(), IsEmpty());
    EXPECT_THAT(memory_.records, IsEmpty());
  }
}

TEST_F(RegistrarTest, ARemovalThatIsDoneButNotAnsweredIsLookedUpNotRepeated) {
  for (const Mood mood : {Mood::kSwallows, Mood::kFails}) {
    Register();
    vaas_.requests.clear();
    vaas_.mood_of_changes = mood;
    Enter(lifecycle::v1::TERMINATED);
    loop_.Advance(absl::Seconds(20));
    EXPECT_EQ(vaas_.Count("DELETE"), 1);
    EXPECT_EQ(vaas_.Count("GET /api/v0.1/backend/?director=2"), 1);
    EXPECT_THAT(memory_.records, IsEmpty());
    vaas_.mood_of_changes = Mood::kWell;
  }
}

TEST_F(RegistrarTest, AnUnansweredAdditionThatComesLateIsRemoved) {
  vaas_.mood_of_changes = Mood::kSilent;
  Begin();
  Enter(lifecycle::v1::TERMINATED);
  loop_.Advance(absl::Seconds(15));
  EXPECT_THAT(replies_["a"], ElementsAre(Outcome::PENDING));
  // Only now VaaS carries out what it was sent.
  vaas_.mood_of_changes = Mood::kWell;
  AddByHand();
  ASSERT_THAT(vaas_.Backends(), SizeIs(1));
  EXPECT_THAT(memory_.records, SizeIs(1));
  loop_.Advance(BackendKeeper::kLateAddition);
  EXPECT_THAT(vaas_.Backends(), IsEmpty());
  EXPECT_THAT(replies_["a"], ElementsAre(Outcome::PENDING, Outcome::OK));
  EXPECT_THAT(memory_.records, IsEmpty());
}

TEST_F(RegistrarTest, ATaskThatEndsLongAfterAnUnansweredAdditionIsLookedForTwiceAllTheSame) {
  vaas_.mood_of_changes = Mood::kSilent;
  Begin();
  loop_.Advance(absl::Seconds(11));
  // From now on not even the looks are answered, until long after the task's end.
  vaas_.mood = Mood::kAway;
  vaas_.mood_of_changes = Mood::kAway;
  Enter(lifecycle::v1::TERMINATED);
  loop_.Advance(2 * BackendKeeper::kLateAddition);
  vaas_.mood = Mood::kWell;
  vaas_.mood_of_changes = Mood::kWell;
  loop_.Advance(absl::Seconds(16));
  EXPECT_THAT(memory_.records, SizeIs(1));
  AddByHand();
  loop_.Advance(BackendKeeper::kLateAddition);
  EXPECT_THAT(vaas_.Backends(), IsEmpty());
  EXPECT_THAT(memory_.records, IsEmpty());
}

TEST_F(RegistrarTest, ATaskThatVarnishDoesNotTakeIsInVaasAllTheSame) {
  vaas_.vaas.set_reload(fake_vaas::Reload::kFails);
  Register();
  EXPECT_THAT(vaas_.Backends(), ElementsAre(kWeb));
  EXPECT_THAT(last_.message, HasSubstr("Varnish did not take it"));
}

TEST_F(RegistrarTest, ATaskThatStaysPendingIsFollowedForSoLongAndThenLookedUp) {
  vaas_.vaas.set_reload(fake_vaas::Reload::kWorkerDown);
  Begin();
  loop_.Advance(absl::Seconds(80));
  EXPECT_THAT(replies_["a"], ElementsAre(Outcome::PENDING));
  EXPECT_EQ(vaas_.Count("GET /api/v0.1/backend/?director"), 0);
  loop_.Advance(absl::Seconds(20));
  EXPECT_THAT(replies_["a"], ElementsAre(Outcome::PENDING, Outcome::OK));
  EXPECT_EQ(vaas_.Count("GET /api/v0.1/backend/?director"), 1);
  EXPECT_LE(vaas_.Count("GET /api/v0.1/task/"), 15);
}

TEST_F(RegistrarTest, WrongCredentialsAreAFailureThatIsTriedAgain) {
  vaas_.mood = Mood::kRefuses;
  Begin();
  EXPECT_THAT(replies_["a"], ElementsAre(Outcome::FAILED));
  EXPECT_THAT(last_.message, AllOf(HasSubstr("VAAS_TOKEN"), Not(HasSubstr("key"))));
  vaas_.mood = Mood::kWell;
  loop_.Advance(absl::Seconds(16));
  EXPECT_THAT(vaas_.Backends(), ElementsAre(kWeb));
}

TEST_F(RegistrarTest, AVaasThatTakesHalfAMinuteForEachAnswerHoldsWhatItShouldInTheEnd) {
  vaas_.delay = absl::Seconds(30);
  Begin();
  loop_.Advance(absl::Minutes(10));
  EXPECT_THAT(replies_["a"], ElementsAre(Outcome::PENDING, Outcome::OK));
  EXPECT_THAT(vaas_.Backends(), ElementsAre(kWeb));
  Enter(lifecycle::v1::TERMINATED);
  loop_.Advance(absl::Minutes(10));
  EXPECT_THAT(vaas_.Backends(), IsEmpty());
  EXPECT_THAT(memory_.records, IsEmpty());
}

TEST_F(RegistrarTest, IdleIsWhenNothingIsLeftToUndo) {
  bool idle = false;
  registrar_->WhenIdle([&] { idle = true; });
  EXPECT_TRUE(idle);
  Register();
  vaas_.mood = Mood::kAway;
  registrar_->Undo(Key("a"));
  idle = false;
  registrar_->WhenIdle([&] { idle = true; });
  loop_.Advance(absl::Seconds(5));
  EXPECT_FALSE(idle);
  vaas_.mood = Mood::kWell;
  loop_.Advance(absl::Seconds(15));
  EXPECT_TRUE(idle);
}

// What the sidecar is for: nobody waits for VaaS.
TEST_F(RegistrarTest, AThousandTasksAndASlowVaasLetEveryKillThroughAtItsDeadline) {
  constexpr int kTasks = 1000;
  vaas_.delay = absl::Seconds(30);
  for (int task = 0; task < kTasks; ++task) {
    port_ = static_cast<uint16_t>(1000 + task);
    const std::string id = "t" + std::to_string(task);
    State(lifecycle::v1::STARTED, id);
    registrar_->OnPhase(Key(id), {.phase = lifecycle::v1::HEALTHY}, absl::Seconds(10),
                        [](const Reply&) {});
  }
  loop_.Advance(absl::Seconds(45));
  std::map<int, absl::Time> answered;
  const absl::Time asked = loop_.Now();
  for (int task = 0; task < kTasks; ++task) {
    registrar_->OnPhase(Key("t" + std::to_string(task)), {.phase = lifecycle::v1::BEFORE_TERMINATE},
                        absl::Seconds(2),
                        [&, task](const Reply&) { answered.emplace(task, loop_.Now()); });
  }
  loop_.Advance(absl::Seconds(2));
  EXPECT_THAT(answered, SizeIs(kTasks));
  for (const auto& [task, when] : answered) EXPECT_LE(when - asked, absl::Seconds(2));
  EXPECT_LE(vaas_.most_open, Registrar::kPlaces.all);

  // And VaaS has none of them, once it is well again.
  for (int task = 0; task < kTasks; ++task) {
    registrar_->OnPhase(Key("t" + std::to_string(task)), {.phase = lifecycle::v1::TERMINATED},
                        absl::ZeroDuration(), [](const Reply&) {});
  }
  vaas_.delay = absl::ZeroDuration();
  loop_.Advance(absl::Minutes(5));
  EXPECT_THAT(vaas_.Backends(), IsEmpty());
  EXPECT_THAT(memory_.records, IsEmpty());
  EXPECT_EQ(vaas_.open, 0);
}

}  // namespace
}  // namespace mesos_executor::vaas
