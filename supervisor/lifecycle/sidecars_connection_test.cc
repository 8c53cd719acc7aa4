// Sidecars that are down, break, or never were.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "supervisor/lifecycle/sidecars_fixture.h"

namespace mesos_executor::lifecycle {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class SidecarsConnectionTest : public SidecarsFixture {};

TEST_F(SidecarsConnectionTest, ASidecarThatIsDownCostsAKillNothing) {
  StartAttached();
  fake_.reachable = false;
  fake_.HangUp();
  loop_.Advance(absl::Seconds(3));
  Ask(v1::BEFORE_TERMINATE);
  ASSERT_TRUE(Done());
  EXPECT_EQ(result_->outcomes[0].outcome, Outcome::kDown);
  EXPECT_EQ(result_->outcomes[0].message, "connection refused");
}

TEST_F(SidecarsConnectionTest, ASidecarThatBreaksInMidPhaseIsWaitedForWhileItMayBeBackAtOnce) {
  StartAttached();
  loop_.Advance(absl::Minutes(1));
  Ask(v1::BEFORE_TERMINATE);
  fake_.HangUp();
  EXPECT_FALSE(Done());
  loop_.Advance(absl::Milliseconds(100));
  ASSERT_TRUE(fake_.connected());
  fake_.Accept();
  EXPECT_EQ(fake_.asked(), 1u);
  fake_.Answer(1, v1::Answer::OK);
  ASSERT_TRUE(Done());
  EXPECT_EQ(result_->outcomes[0].outcome, Outcome::kOk);
}

TEST_F(SidecarsConnectionTest, ASidecarThatBreaksInMidPhaseAndCannotBeReachedEndsItsPart) {
  StartAttached();
  loop_.Advance(absl::Minutes(1));
  Ask(v1::BEFORE_TERMINATE);
  fake_.reachable = false;
  fake_.HangUp();
  loop_.Advance(absl::Milliseconds(100));
  ASSERT_TRUE(Done());
  EXPECT_EQ(result_->outcomes[0].outcome, Outcome::kDown);
}

TEST_F(SidecarsConnectionTest, ASocketThatAcceptsAndNeverAnswersIsGivenUpAndTriedAgain) {
  Add(&fake_);
  Start();
  Ask(v1::BEFORE_START);
  loop_.Advance(absl::Seconds(5));
  ASSERT_TRUE(Done());
  EXPECT_EQ(result_->outcomes[0].outcome, Outcome::kDown);
  EXPECT_THAT(result_->outcomes[0].message, HasSubstr("did not accept the task within 5s"));
  loop_.Advance(absl::Seconds(1));
  EXPECT_EQ(fake_.connections, 2);
  Ask(v1::BEFORE_TERMINATE);
  EXPECT_TRUE(Done()) << "still down while the second attempt is under way";
}

TEST_F(SidecarsConnectionTest, ReconnectionNeverTakesLongerThanTwoSecondsAndIsReportedOnce) {
  fake_.reachable = false;
  Add(&fake_);
  Start();
  loop_.Advance(absl::Hours(1));
  EXPECT_GE(fake_.connections, 1800);
  EXPECT_LE(fake_.connections, 3600);
  fake_.reachable = true;
  loop_.Advance(absl::Seconds(2));
  ASSERT_TRUE(fake_.connected());
  fake_.Accept();
  EXPECT_THAT(events_, ElementsAre("down a: connection refused", "up a 1.0"));
}

TEST_F(SidecarsConnectionTest, APrivateSidecarThatKeepsDyingIsStartedLessAndLess) {
  fake_.reachable = false;
  Add(&fake_, Policy::kBestEffort, Mode::kPrivate);
  Start();
  loop_.Advance(absl::Hours(1));
  EXPECT_LE(fake_.connections, 200);
  EXPECT_GE(fake_.connections, 120);
}

TEST_F(SidecarsConnectionTest, AnUnreachableRequiredSidecarFailsAfterItsDeadlineWithAReason) {
  fake_.reachable = false;
  Add(&fake_, Policy::kRequired);
  Start();
  Ask(v1::BEFORE_START);
  loop_.Advance(absl::Seconds(9));
  EXPECT_FALSE(result_.has_value());
  loop_.Advance(absl::Seconds(1));
  ASSERT_TRUE(Done());
  EXPECT_EQ(
      std::string(result_->status.message()),
      "required sidecar a timed-out at before-start: no answer within 10s; connection refused");
}

TEST_F(SidecarsConnectionTest, AnAbsentSidecarIsReportedOnceAndFailsOnlyWhereRequired) {
  Add(nullptr, Policy::kBestEffort, Mode::kAbsent);
  Start();
  EXPECT_THAT(events_, ElementsAre("down a: nothing there"));
  for (const v1::Phase phase : {v1::BEFORE_START, v1::HEALTHY, v1::BEFORE_TERMINATE}) {
    Ask(phase);
    ASSERT_TRUE(Done());
    EXPECT_TRUE(result_->status.ok());
    EXPECT_EQ(result_->outcomes[0].outcome, Outcome::kAbsent);
  }
  EXPECT_THAT(events_, SizeIs(1));
}

TEST_F(SidecarsConnectionTest, APeerThatBreaksTheContractIsDroppedAndTriedAgain) {
  StartAttached();
  fake_.Accept();
  EXPECT_FALSE(fake_.connected());
  EXPECT_THAT(events_, ElementsAre("down a: it sent attached twice"));
  loop_.Advance(absl::Seconds(2));
  EXPECT_TRUE(fake_.connected());
}

TEST_F(SidecarsConnectionTest, APeerThatDoesNotReadIsDropped) {
  StartAttached();
  fake_.reads = false;
  Ask(v1::BEFORE_TERMINATE);
  EXPECT_FALSE(fake_.connected());
  EXPECT_THAT(events_, ElementsAre("down a: it does not read"));
}

TEST_F(SidecarsConnectionTest, APrivateSidecarIsStartedAgainOnlyWhenItsKilledPredecessorHasGone) {
  StartAttached(Policy::kBestEffort, Mode::kPrivate);
  loop_.Advance(absl::Minutes(1));
  fake_.lingers = true;
  fake_.HangUp();
  loop_.Advance(absl::Minutes(1));
  EXPECT_EQ(fake_.killed, 1);
  EXPECT_EQ(fake_.connections, 1);
  fake_.Exit();
  loop_.Advance(absl::ZeroDuration());
  EXPECT_EQ(fake_.connections, 2);
}

}  // namespace
}  // namespace mesos_executor::lifecycle
