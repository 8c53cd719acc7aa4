#include "sidecars/log_shipper/outputs/token_bucket.h"

#include <gtest/gtest.h>

namespace mesos_executor::log_shipper {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'000'000'000);

TEST(TokenBucketTest, ABurstThenThePace) {
  TokenBucket bucket(10, 5, kStart);
  EXPECT_EQ(bucket.Available(kStart), 5u);
  bucket.Take(5, kStart);
  EXPECT_EQ(bucket.Available(kStart), 0u);
  EXPECT_EQ(bucket.WaitFor(1, kStart), absl::Milliseconds(100));
  EXPECT_EQ(bucket.Available(kStart + absl::Milliseconds(99)), 0u);
  EXPECT_EQ(bucket.Available(kStart + absl::Milliseconds(100)), 1u);
  EXPECT_EQ(bucket.WaitFor(1, kStart + absl::Milliseconds(100)), absl::ZeroDuration());
}

TEST(TokenBucketTest, NoMoreThanABurstIsSavedUp) {
  TokenBucket bucket(10, 5, kStart);
  bucket.Take(5, kStart);
  EXPECT_EQ(bucket.Available(kStart + absl::Hours(1)), 5u);
  // More than the burst never comes together.
  EXPECT_EQ(bucket.WaitFor(100, kStart + absl::Hours(1)), absl::ZeroDuration());
}

TEST(TokenBucketTest, WhatIsOwedIsWaitedFor) {
  TokenBucket bucket(10, 5, kStart);
  bucket.Take(25, kStart);
  EXPECT_EQ(bucket.Available(kStart + absl::Seconds(1)), 0u);
  EXPECT_EQ(bucket.WaitFor(1, kStart), absl::Milliseconds(2100));
  EXPECT_EQ(bucket.Available(kStart + absl::Milliseconds(2100)), 1u);
}

TEST(TokenBucketTest, TheLongRunKeepsThePaceHoweverOftenItIsAsked) {
  TokenBucket bucket(1000, 10, kStart);
  uint64_t taken = 0;
  for (absl::Time now = kStart; now < kStart + absl::Seconds(10); now += absl::Microseconds(337)) {
    const uint64_t available = bucket.Available(now);
    bucket.Take(available, now);
    taken += available;
  }
  EXPECT_GE(taken, 10'000u);
  EXPECT_LE(taken, 10'011u);
}

}  // namespace
}  // namespace mesos_executor::log_shipper
