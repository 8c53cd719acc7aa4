#include "supervisor/lifecycle/phase_round.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mesos_executor::lifecycle {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::SizeIs;

const absl::Time kStart = absl::FromUnixSeconds(1'000'000'000);

v1::Answer Answer(v1::Answer::Outcome outcome, const std::string& message = "") {
  v1::Answer answer;
  answer.set_outcome(outcome);
  answer.set_message(message);
  return answer;
}

v1::Answer WithVariable(const std::string& name, const std::string& value) {
  v1::Answer answer = Answer(v1::Answer::OK);
  answer.add_environment()->set_name(name);
  answer.mutable_environment(0)->set_value(value);
  return answer;
}

v1::Answer WithHold(int64_t seconds) {
  v1::Answer answer = Answer(v1::Answer::OK);
  answer.mutable_hold()->set_seconds(seconds);
  return answer;
}

PhaseRound::Participant BestEffort(const std::string& name) {
  return {name, false, absl::Seconds(10)};
}
PhaseRound::Participant Required(const std::string& name) {
  return {name, true, absl::Seconds(10)};
}

PhaseRound Round(std::vector<PhaseRound::Participant> participants,
                 v1::Phase phase = v1::BEFORE_START,
                 absl::Duration cap = absl::InfiniteDuration()) {
  return PhaseRound(phase, std::move(participants), cap, kStart);
}

TEST(PhaseRound, WithoutSidecarsItHasEndedBeforeItBegan) {
  const PhaseRound round = Round({});
  EXPECT_TRUE(round.ended());
  EXPECT_TRUE(round.Result(kStart).status.ok());
}

TEST(PhaseRound, EndsWhenAllHaveAnswered) {
  PhaseRound round = Round({BestEffort("a"), Required("b")});
  round.OnAnswer(1, Answer(v1::Answer::OK, "done"), kStart + absl::Seconds(1));
  EXPECT_FALSE(round.ended());
  round.OnAnswer(0, Answer(v1::Answer::PENDING, "later"), kStart + absl::Seconds(2));
  ASSERT_TRUE(round.ended());
  const PhaseResult result = round.Result(kStart + absl::Seconds(2));
  EXPECT_TRUE(result.status.ok());
  ASSERT_THAT(result.outcomes, SizeIs(2));
  EXPECT_EQ(result.outcomes[0].name, "a");
  EXPECT_EQ(result.outcomes[0].outcome, Outcome::kPending);
  EXPECT_EQ(result.outcomes[0].took, absl::Seconds(2));
  EXPECT_EQ(result.outcomes[0].message, "later");
  EXPECT_EQ(result.outcomes[1].outcome, Outcome::kOk);
  EXPECT_EQ(result.outcomes[1].took, absl::Seconds(1));
}

TEST(PhaseRound, EachSidecarHasItsOwnDeadline) {
  PhaseRound round = Round({{"a", false, absl::Seconds(3)}, {"b", false, absl::Seconds(7)}});
  EXPECT_EQ(round.next_deadline(), kStart + absl::Seconds(3));
  round.OnTime(kStart + absl::Seconds(3));
  EXPECT_EQ(round.next_deadline(), kStart + absl::Seconds(7));
  round.OnTime(kStart + absl::Seconds(7));
  EXPECT_TRUE(round.ended());
  EXPECT_EQ(round.Result(kStart).outcomes[1].outcome, Outcome::kTimedOut);
}

TEST(PhaseRound, TheCapShortensEveryDeadline) {
  const PhaseRound round = Round({BestEffort("a")}, v1::BEFORE_TERMINATE, absl::Seconds(1));
  EXPECT_EQ(round.next_deadline(), kStart + absl::Seconds(1));
}

// What a sidecar did × whether it is required → whether the phase has ended, and how.
TEST(PhaseRound, PolicyDecidesWhatATroubledSidecarMeans) {
  using Did = void (*)(PhaseRound&);
  const Did ok = [](PhaseRound& r) { r.OnAnswer(0, Answer(v1::Answer::OK), kStart); };
  const Did failed = [](PhaseRound& r) { r.OnAnswer(0, Answer(v1::Answer::FAILED, "no"), kStart); };
  const Did pending = [](PhaseRound& r) {
    r.OnAnswer(0, Answer(v1::Answer::PENDING, "wait"), kStart);
  };
  const Did down = [](PhaseRound& r) { r.OnDown(0, "refused", kStart); };
  const Did absent = [](PhaseRound& r) { r.OnAbsent(0, "no such file", kStart); };
  const Did late = [](PhaseRound& r) { r.OnTime(kStart + absl::Seconds(10)); };
  struct {
    Did did;
    bool required;
    bool ended;
    std::string status;  // "" is OK.
  } const cases[] = {
      {ok, false, true, ""},
      {ok, true, true, ""},
      {failed, false, true, ""},
      {failed, true, true, "required sidecar a failed at before-start: no"},
      {pending, false, true, ""},
      {pending, true, false, ""},
      {down, false, true, ""},
      {down, true, false, ""},
      {absent, false, true, ""},
      {absent, true, true, "required sidecar a absent at before-start: no such file"},
      {late, false, true, ""},
      {late, true, true, "required sidecar a timed-out at before-start: no answer within 10s"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(&c - cases);
    PhaseRound round = Round({c.required ? Required("a") : BestEffort("a")});
    c.did(round);
    EXPECT_EQ(round.ended(), c.ended);
    if (!c.ended) continue;
    EXPECT_EQ(std::string(round.Result(kStart).status.message()), c.status);
  }
}

TEST(PhaseRound, ARequiredSidecarsFailureDoesNotWaitForTheOthers) {
  PhaseRound round = Round({BestEffort("a"), Required("b")});
  round.OnAnswer(1, Answer(v1::Answer::FAILED), kStart);
  ASSERT_TRUE(round.ended());
  EXPECT_THAT(round.Result(kStart).outcomes, SizeIs(1));
}

TEST(PhaseRound, ARequiredSidecarMayComeBackOrMakeUpItsMindBeforeItsDeadline) {
  PhaseRound round = Round({Required("a")});
  round.OnDown(0, "refused", kStart);
  round.OnAnswer(0, Answer(v1::Answer::PENDING), kStart);
  round.OnTime(kStart + absl::Seconds(9));
  EXPECT_FALSE(round.ended());
  round.OnAnswer(0, Answer(v1::Answer::OK), kStart + absl::Seconds(9));
  EXPECT_TRUE(round.ended());
  EXPECT_TRUE(round.Result(kStart).status.ok());
}

TEST(PhaseRound, ATimeOutSaysWhatWasLastKnown) {
  PhaseRound round = Round({Required("a"), BestEffort("b")});
  round.OnDown(0, "connection refused", kStart);
  round.OnTime(kStart + absl::Seconds(10));
  EXPECT_THAT(std::string(round.Result(kStart).status.message()),
              HasSubstr("no answer within 10s; connection refused"));
}

TEST(PhaseRound, WhatComesAfterItsPartHasEndedIsDropped) {
  PhaseRound round = Round({BestEffort("a"), BestEffort("b")});
  round.OnDown(0, "refused", kStart);
  round.OnAnswer(0, WithVariable("A", "1"), kStart);
  round.OnTime(kStart + absl::Seconds(10));
  round.OnAnswer(1, WithVariable("B", "1"), kStart + absl::Seconds(10));
  const PhaseResult result = round.Result(kStart);
  EXPECT_TRUE(result.environment.empty());
  EXPECT_EQ(result.outcomes[0].outcome, Outcome::kDown);
  EXPECT_EQ(result.outcomes[1].outcome, Outcome::kTimedOut);
}

TEST(PhaseRound, VariablesComeInTheOrderOfTheConfigurationNotOfTheAnswers) {
  PhaseRound round = Round({BestEffort("a"), BestEffort("b")});
  round.OnAnswer(1, WithVariable("X", "b"), kStart);
  round.OnAnswer(0, WithVariable("X", "a"), kStart + absl::Seconds(1));
  EXPECT_THAT(round.Result(kStart).environment, ElementsAre(Pair("X", "a"), Pair("X", "b")));
}

TEST(PhaseRound, AFailedAnswerAddsNothingToTheTasksEnvironment) {
  PhaseRound round = Round({BestEffort("a"), BestEffort("b"), BestEffort("c")});
  v1::Answer failed = WithVariable("A", "1"), pending = WithVariable("B", "1");
  failed.set_outcome(v1::Answer::FAILED);
  pending.set_outcome(v1::Answer::PENDING);
  round.OnAnswer(0, failed, kStart);
  round.OnAnswer(1, pending, kStart);
  round.OnAnswer(2, WithVariable("C", "1"), kStart);
  EXPECT_THAT(round.Result(kStart).environment, ElementsAre(Pair("B", "1"), Pair("C", "1")));
}

TEST(PhaseRound, TheLongestHoldCountsWithinTheCap) {
  const auto hold = [](int64_t seconds, absl::Duration cap, absl::Duration took) {
    PhaseRound round = Round({BestEffort("a"), BestEffort("b")}, v1::BEFORE_TERMINATE, cap);
    round.OnAnswer(0, WithHold(1), kStart);
    round.OnAnswer(1, WithHold(seconds), kStart + took);
    return round.Result(kStart + took).hold;
  };
  const absl::Duration none = absl::ZeroDuration(), infinite = absl::InfiniteDuration();
  EXPECT_EQ(hold(5, infinite, none), absl::Seconds(5));
  EXPECT_EQ(hold(0, infinite, none), absl::Seconds(1));
  EXPECT_EQ(hold(315'576'000'000, absl::Hours(1), none), absl::Hours(1));
  EXPECT_EQ(hold(5, absl::Seconds(4), absl::Seconds(1)), absl::Seconds(3));
  EXPECT_EQ(hold(5, absl::Seconds(4), absl::Seconds(4)), none);
}

TEST(PhaseRound, ACapBelowZeroIsZero) {
  PhaseRound round = Round({BestEffort("a")}, v1::BEFORE_TERMINATE, -absl::Seconds(1));
  round.OnTime(kStart);
  EXPECT_TRUE(round.ended());
  EXPECT_EQ(round.Result(kStart).hold, absl::ZeroDuration());
}

}  // namespace
}  // namespace mesos_executor::lifecycle
