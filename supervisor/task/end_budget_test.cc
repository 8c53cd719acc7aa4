#include "supervisor/task/end_budget.h"

#include <gtest/gtest.h>

namespace mesos_executor::task {
namespace {

constexpr absl::Duration kForEver = absl::InfiniteDuration();

class EndBudgetTest : public ::testing::Test {
 protected:
  absl::Time now_ = absl::FromUnixSeconds(1'000'000'000);
  EndBudget budget_{Limits()};
};

TEST_F(EndBudgetTest, WithoutAShutdownTheSidecarsHaveTheirOwnDeadlines) {
  EXPECT_EQ(budget_.DrainCap(now_), kForEver);
  EXPECT_EQ(budget_.FlushBound(now_), absl::Seconds(2));
}

TEST_F(EndBudgetTest, TheShortestGraceCountsFromWhenTheTaskIsAskedToStop) {
  budget_.ShortenGrace(absl::Seconds(8));
  budget_.BeginStop(now_ + absl::Seconds(1));
  EXPECT_EQ(budget_.KillAt() - now_, absl::Seconds(9));
  budget_.ShortenGrace(absl::Seconds(3));
  budget_.ShortenGrace(absl::Seconds(30));
  EXPECT_EQ(budget_.KillAt() - now_, absl::Seconds(4));
}

TEST_F(EndBudgetTest, RequestsToStopShareTheGraceWithSigterm) {
  budget_.ShortenGrace(absl::Seconds(9));
  budget_.BeginStop(now_);
  EXPECT_EQ(budget_.StopRequestEnd(0, 2) - now_, absl::Seconds(3));
  EXPECT_EQ(budget_.StopRequestEnd(1, 2) - now_, absl::Seconds(6));
}

TEST_F(EndBudgetTest, ALongGraceIsSigtermsNotTheRequests) {
  budget_.ShortenGrace(absl::Minutes(5));
  budget_.BeginStop(now_);
  EXPECT_EQ(budget_.StopRequestEnd(0, 2) - now_, absl::Seconds(5));
  EXPECT_EQ(budget_.StopRequestEnd(1, 2) - now_, absl::Seconds(10));
}

TEST_F(EndBudgetTest, AShutdownDividesWhatTheAgentGives) {
  budget_.ShortenGrace(absl::Minutes(5));
  budget_.ShutDown(now_);
  EXPECT_EQ(budget_.DrainCap(now_), absl::Milliseconds(1125)) << "a quarter of 5 s - 0.5 s";
  budget_.BeginStop(now_);
  EXPECT_EQ(budget_.KillAt() - now_, absl::Seconds(4));
  EXPECT_EQ(budget_.UnkillableAt(now_) - now_, absl::Milliseconds(4250));
  EXPECT_EQ(budget_.LeaveAt(now_, true) - now_, absl::Milliseconds(4500));
  budget_.ShutDown(now_ + absl::Seconds(1));
  EXPECT_EQ(budget_.KillAt() - now_, absl::Seconds(4)) << "another one gives no more time";
}

TEST_F(EndBudgetTest, WhenAllTimeIsGoneThereIsStillTheLeast) {
  budget_.ShutDown(now_);
  now_ += absl::Minutes(1);
  EXPECT_EQ(budget_.DrainCap(now_), absl::ZeroDuration());
  EXPECT_GT(budget_.UnkillableAt(now_), now_);
  EXPECT_GT(budget_.FlushBound(now_), absl::ZeroDuration());
  EXPECT_GT(budget_.LeaveAt(now_, false), now_);
}

TEST_F(EndBudgetTest, WithoutAConnectionOnlyAShutdownBoundsTheWaitForTheAcknowledgement) {
  EXPECT_EQ(budget_.LeaveAt(now_, true) - now_, absl::Seconds(60));
  EXPECT_EQ(budget_.LeaveAt(now_, false), absl::InfiniteFuture());
  budget_.ShutDown(now_);
  EXPECT_EQ(budget_.LeaveAt(now_, false) - now_, absl::Milliseconds(4500));
}

}  // namespace
}  // namespace mesos_executor::task
