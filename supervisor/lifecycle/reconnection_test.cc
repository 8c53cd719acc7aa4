#include "supervisor/lifecycle/reconnection.h"

#include <gtest/gtest.h>

namespace mesos_executor::lifecycle {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'000'000'000);

TEST(Reconnection, IsNotDownBeforeTheFirstAttemptHasFailed) {
  Reconnection reconnection(absl::Seconds(2));
  EXPECT_FALSE(reconnection.down());
  reconnection.OnEnded(kStart, 0.5);
  EXPECT_TRUE(reconnection.down());
}

TEST(Reconnection, NeverWaitsLongerThanItsLimitHoweverOftenItFails) {
  Reconnection reconnection(absl::Seconds(2));
  absl::Duration last;
  for (int i = 0; i < 1000; ++i) {
    const absl::Duration delay = reconnection.OnEnded(kStart, 0.999);
    EXPECT_GT(delay, absl::ZeroDuration());
    EXPECT_LE(delay, absl::Seconds(2));
    EXPECT_GE(delay, last);
    last = delay;
  }
  EXPECT_GT(last, absl::Seconds(1));
}

TEST(Reconnection, DelaysDiffer) {
  Reconnection a(absl::Seconds(2)), b(absl::Seconds(2));
  EXPECT_LT(a.OnEnded(kStart, 0), b.OnEnded(kStart, 0.9));
}

TEST(Reconnection, ASoundConnectionThatBreaksIsMadeAgainAtOnceAndIsNotDown) {
  Reconnection reconnection(absl::Seconds(2));
  for (int i = 0; i < 10; ++i) reconnection.OnEnded(kStart, 0);
  reconnection.OnAttached(kStart);
  EXPECT_FALSE(reconnection.down());
  EXPECT_LE(reconnection.OnEnded(kStart + absl::Minutes(1), 0.5), absl::Milliseconds(50));
  EXPECT_FALSE(reconnection.down());
}

TEST(Reconnection, HangingUpSoonTwiceInARowIsDown) {
  Reconnection reconnection(absl::Seconds(2));
  reconnection.OnAttached(kStart);
  const absl::Duration first = reconnection.OnEnded(kStart + absl::Seconds(1), 0);
  EXPECT_FALSE(reconnection.down());
  reconnection.OnAttached(kStart + absl::Seconds(2));
  EXPECT_FALSE(reconnection.down());
  EXPECT_GT(reconnection.OnEnded(kStart + absl::Seconds(3), 0), first);
  EXPECT_TRUE(reconnection.down());
}

}  // namespace
}  // namespace mesos_executor::lifecycle
