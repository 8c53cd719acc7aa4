#include "supervisor/lifecycle/sidecars.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "supervisor/lifecycle/sidecars_fixture.h"

namespace mesos_executor::lifecycle {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class SidecarsTest : public SidecarsFixture {};

TEST_F(SidecarsTest, WithoutSidecarsEveryPhaseIsDoneAtTheLoopsNextTurn) {
  Start();
  EXPECT_TRUE(sidecars_->empty());
  Ask(v1::BEFORE_START);
  EXPECT_FALSE(result_.has_value()) << "never before Ask returns";
  EXPECT_TRUE(Done());
  Finish(absl::Seconds(2));
  EXPECT_FALSE(finished_);
  EXPECT_TRUE(Finished());
  EXPECT_EQ(loop_.timers(), 0u);
}

TEST_F(SidecarsTest, AnAnswerEndsThePhaseAndIsObserved) {
  StartAttached();
  Ask(v1::BEFORE_START);
  loop_.Advance(absl::Milliseconds(40));
  EXPECT_FALSE(result_.has_value());
  fake_.Answer(fake_.asked(), v1::Answer::OK, "nothing to do");
  EXPECT_FALSE(result_.has_value()) << "from the loop only";
  ASSERT_TRUE(Done());
  EXPECT_TRUE(result_->status.ok());
  EXPECT_THAT(events_, ElementsAre("before-start a ok after 40ms: nothing to do"));
}

TEST_F(SidecarsTest, AnEventBeforeTheConnectionIsSentWithIt) {
  Add(&fake_);
  sidecars_.emplace(&loop_, std::move(configured_), v1::Task(), "incarnation", this);
  Ask(v1::BEFORE_START);
  EXPECT_FALSE(Done()) << "the first attempt is under way: not down";
  ASSERT_THAT(fake_.sent, SizeIs(3));
  EXPECT_TRUE(fake_.sent[0].has_attach());
  EXPECT_EQ(fake_.sent[1].state().phase(), v1::BEFORE_START);
  EXPECT_EQ(fake_.sent[2].event().phase(), v1::BEFORE_START);
}

TEST_F(SidecarsTest, NothingWaitsForStartedAndUnhealthy) {
  StartAttached();
  Ask(v1::STARTED);
  Ask(v1::UNHEALTHY);
  loop_.Advance(absl::Hours(1));
  EXPECT_FALSE(result_.has_value());
  EXPECT_EQ(fake_.asked(), 2u);
  EXPECT_EQ(fake_.sent.back().event().deadline().seconds(), 0);
  fake_.Answer(2, v1::Answer::OK);
  EXPECT_THAT(events_, ElementsAre(HasSubstr("unhealthy a ok")));
}

TEST_F(SidecarsTest, CancelAskMeansNoCallAndNoSecondSending) {
  StartAttached();
  Ask(v1::BEFORE_START);
  sidecars_->CancelAsk();
  fake_.Answer(1, v1::Answer::OK);
  loop_.Advance(absl::Minutes(1));
  EXPECT_FALSE(result_.has_value());
  fake_.HangUp();
  loop_.Advance(absl::Seconds(2));
  ASSERT_TRUE(fake_.connected());
  EXPECT_EQ(fake_.asked(), 0u);
}

TEST_F(SidecarsTest, CancelAskAfterTheLastAnswerStillMeansNoCall) {
  StartAttached();
  Ask(v1::BEFORE_START);
  fake_.Answer(1, v1::Answer::OK);
  sidecars_->CancelAsk();
  loop_.Advance(absl::Minutes(1));
  EXPECT_FALSE(result_.has_value());
}

TEST_F(SidecarsTest, ANewPhaseSupersedesTheOldOne) {
  StartAttached();
  bool first = false;
  sidecars_->Ask(v1::HEALTHY, v1::HEALTH_HEALTHY, absl::InfiniteDuration(),
                 [&](PhaseResult) { first = true; });
  Ask(v1::BEFORE_TERMINATE);
  fake_.Answer(1, v1::Answer::OK);
  EXPECT_FALSE(Done());
  fake_.Answer(2, v1::Answer::OK);
  EXPECT_TRUE(Done());
  EXPECT_FALSE(first);
}

TEST_F(SidecarsTest, RequiredHoldsForBeforeStartOnly) {
  StartAttached(Policy::kRequired);
  Ask(v1::BEFORE_START);
  fake_.Answer(1, v1::Answer::FAILED, "no");
  ASSERT_TRUE(Done());
  EXPECT_EQ(std::string(result_->status.message()),
            "required sidecar a failed at before-start: no");
  Ask(v1::HEALTHY);
  fake_.Answer(2, v1::Answer::FAILED, "no");
  ASSERT_TRUE(Done());
  EXPECT_TRUE(result_->status.ok());
}

TEST_F(SidecarsTest, RequiredHealthyHoldsUntilItsFirstSuccess) {
  StartAttached(Policy::kRequiredHealthy);
  Ask(v1::BEFORE_START);
  fake_.Answer(1, v1::Answer::FAILED);
  ASSERT_TRUE(Done());
  EXPECT_TRUE(result_->status.ok());
  Ask(v1::HEALTHY);
  fake_.Answer(2, v1::Answer::PENDING);
  EXPECT_FALSE(Done());
  fake_.Answer(2, v1::Answer::OK);
  ASSERT_TRUE(Done());
  EXPECT_TRUE(result_->status.ok());
  Ask(v1::UNHEALTHY);
  Ask(v1::HEALTHY);
  fake_.Answer(4, v1::Answer::FAILED);
  ASSERT_TRUE(Done());
  EXPECT_TRUE(result_->status.ok()) << "a task that was healthy once isn't killed for a sidecar";
}

TEST_F(SidecarsTest, TheCapBoundsThePhaseForAll) {
  StartAttached();
  Ask(v1::BEFORE_TERMINATE, absl::Milliseconds(100));
  EXPECT_EQ(fake_.sent.back().event().deadline().nanos(), 100'000'000);
  loop_.Advance(absl::Milliseconds(100));
  ASSERT_TRUE(Done());
  EXPECT_THAT(events_,
              ElementsAre("before-terminate a timed-out after 100ms: no answer within 100ms"));
}

}  // namespace
}  // namespace mesos_executor::lifecycle
