#include "sidecars/runtime/retry_pause.h"

#include <gtest/gtest.h>

namespace mesos_executor::sidecar {
namespace {

TEST(RetryPauseTest, DoublesUpToTheLastAndStartsAnewAfterASuccess) {
  RetryPause pause;
  EXPECT_EQ(pause.Next(0), absl::Milliseconds(250));
  EXPECT_EQ(pause.Next(0), absl::Milliseconds(500));
  EXPECT_EQ(pause.Next(0), absl::Seconds(1));
  for (int failure = 0; failure < 100; ++failure) pause.Next(0);
  EXPECT_EQ(pause.Next(0), RetryPause::kLast);
  pause.Reset();
  EXPECT_EQ(pause.Next(0), RetryPause::kFirst);
}

TEST(RetryPauseTest, ChanceTakesUpToHalfOfItAndDoesNotAddUp) {
  RetryPause pause;
  EXPECT_EQ(pause.Next(0.5), absl::Milliseconds(187.5));
  EXPECT_EQ(pause.Next(1), absl::Milliseconds(250));
  EXPECT_EQ(pause.Next(0), absl::Seconds(1));
}

TEST(RetryPauseTest, WhatOnlyAHumanCanMendIsTriedAtTheLongestPause) {
  RetryPause pause;
  pause.Slow();
  EXPECT_EQ(pause.Next(0), RetryPause::kLast);
}

}  // namespace
}  // namespace mesos_executor::sidecar
