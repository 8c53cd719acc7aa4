// The task's end, as its sidecars are told of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "supervisor/lifecycle/sidecars_fixture.h"

namespace mesos_executor::lifecycle {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class SidecarsEndTest : public SidecarsFixture {};

TEST_F(SidecarsEndTest, AHostsDaemonHasFinishedWhenTheGoodbyeIsInTheKernel) {
  StartAttached();
  Finish(absl::Seconds(2));
  ASSERT_THAT(fake_.sent, SizeIs(4));
  EXPECT_EQ(fake_.sent[2].event().phase(), v1::TERMINATED);
  EXPECT_TRUE(fake_.sent[3].has_goodbye());
  EXPECT_TRUE(fake_.writes_closed);
  EXPECT_FALSE(Finished());
  fake_.Flush();
  EXPECT_TRUE(Finished());
  EXPECT_THAT(events_, IsEmpty());
}

TEST_F(SidecarsEndTest, FinishNeverTakesLongerThanItsBound) {
  StartAttached();
  Finish(absl::Seconds(2));
  loop_.Advance(absl::Milliseconds(1999));
  EXPECT_FALSE(finished_);
  loop_.Advance(absl::Milliseconds(1));
  EXPECT_TRUE(finished_);
}

TEST_F(SidecarsEndTest, ADaemonThatIsDownHoldsTheEndNotUp) {
  fake_.reachable = false;
  Add(&fake_);
  Start();
  Finish(absl::Seconds(2));
  EXPECT_TRUE(Finished());
}

TEST_F(SidecarsEndTest, ADaemonWhoseConnectionJustBrokeIsToldOfTheEndOnANewOne) {
  StartAttached();
  loop_.Advance(absl::Minutes(1));
  fake_.HangUp();
  Finish(absl::Seconds(2));
  EXPECT_FALSE(Finished());
  ASSERT_THAT(fake_.sent, SizeIs(3));
  EXPECT_EQ(fake_.sent[1].state().phase(), v1::TERMINATED);
  EXPECT_TRUE(fake_.sent[2].has_goodbye());
  fake_.Flush();
  EXPECT_TRUE(Finished());
}

TEST_F(SidecarsEndTest, APrivateSidecarIsGivenTimeToUndoAndThenGoodbye) {
  StartAttached(Policy::kBestEffort, Mode::kPrivate);
  Finish(absl::Seconds(2));
  EXPECT_EQ(fake_.sent.back().event().phase(), v1::TERMINATED);
  EXPECT_EQ(fake_.sent.back().event().deadline().seconds(), 2);
  fake_.Answer(1, v1::Answer::PENDING);
  EXPECT_FALSE(Finished());
  fake_.Answer(1, v1::Answer::OK);
  EXPECT_TRUE(fake_.sent.back().has_goodbye());
  EXPECT_TRUE(Finished());
  EXPECT_EQ(fake_.killed, 0);
}

TEST_F(SidecarsEndTest, APrivateSidecarThatClosesItsStreamAndStillWorksIsWaitedFor) {
  StartAttached(Policy::kBestEffort, Mode::kPrivate);
  Finish(absl::Seconds(2));
  fake_.HangUp();
  EXPECT_FALSE(Finished());
  fake_.Exit();
  EXPECT_TRUE(Finished());
  EXPECT_EQ(fake_.killed, 0);
}

TEST_F(SidecarsEndTest, TheSuccessorOfAPrivateSidecarThatWasKilledIsToldOfTheEnd) {
  StartAttached(Policy::kBestEffort, Mode::kPrivate);
  loop_.Advance(absl::Minutes(1));
  fake_.lingers = true;
  fake_.HangUp();
  Finish(absl::Seconds(2));
  EXPECT_FALSE(Finished());
  fake_.Exit();
  loop_.Advance(absl::ZeroDuration());
  ASSERT_EQ(fake_.connections, 2);
  fake_.Accept();
  ASSERT_THAT(fake_.sent, SizeIs(3));
  EXPECT_EQ(fake_.sent[1].state().phase(), v1::TERMINATED);
  EXPECT_FALSE(Finished());
  fake_.Answer(fake_.asked(), v1::Answer::OK);
  EXPECT_TRUE(Finished());
}

TEST_F(SidecarsEndTest, TheEndWaitsForTheSlowest) {
  Add(&fake_);
  Add(&other_, Policy::kBestEffort, Mode::kPrivate);
  Start();
  fake_.Accept();
  other_.Accept();
  Finish(absl::Seconds(2));
  fake_.Flush();
  EXPECT_FALSE(Finished());
  other_.Answer(1, v1::Answer::FAILED);
  EXPECT_TRUE(Finished());
  EXPECT_THAT(events_, Contains(HasSubstr("terminated b failed")));
}

TEST_F(SidecarsEndTest, MayBeDestroyedByItsOwnCallbacks) {
  StartAttached();
  sidecars_->Ask(v1::BEFORE_START, v1::HEALTH_UNKNOWN, absl::InfiniteDuration(),
                 [this](PhaseResult) { sidecars_.reset(); });
  loop_.Advance(absl::Seconds(10));
  EXPECT_FALSE(sidecars_.has_value());
  EXPECT_FALSE(fake_.connected());
  EXPECT_EQ(loop_.timers(), 0u);
  Start();
  sidecars_->Finish(absl::Seconds(1), [this] { sidecars_.reset(); });
  loop_.Advance(absl::Seconds(1));
  EXPECT_FALSE(sidecars_.has_value());
}

}  // namespace
}  // namespace mesos_executor::lifecycle
