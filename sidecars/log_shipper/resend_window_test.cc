#include "sidecars/log_shipper/resend_window.h"

#include <gtest/gtest.h>

namespace mesos_executor::log_shipper {
namespace {

constexpr absl::Time kNow = absl::UnixEpoch();
constexpr uint64_t kBytes = ResendWindow::kBytes;
constexpr absl::Duration kTime = ResendWindow::kTime;

TEST(ResendWindowTest, TheBaseStaysBehindByTheBytesOfTheWindow) {
  ResendWindow window(100);
  window.Sent(200, 50);
  window.Sent(300, 60);
  window.Advance(50 + kBytes - 1, /*resends=*/true, kNow);
  EXPECT_EQ(window.base(), 100u);
  window.Advance(50 + kBytes, /*resends=*/true, kNow);
  EXPECT_EQ(window.base(), 200u);
  EXPECT_FALSE(window.empty());
}

TEST(ResendWindowTest, TheTimeRunsFromWhenTheReceiversKernelHasIt) {
  ResendWindow window(0);
  window.Sent(200, 50);
  window.Advance(49, /*resends=*/true, kNow);
  window.Advance(50, /*resends=*/true, kNow + 5 * kTime);
  window.Advance(50, /*resends=*/true, kNow + 6 * kTime - absl::Nanoseconds(1));
  EXPECT_EQ(window.base(), 0u);
  window.Advance(50, /*resends=*/true, kNow + 6 * kTime);
  EXPECT_EQ(window.base(), 200u);
  EXPECT_TRUE(window.empty());
}

TEST(ResendWindowTest, WhatLiesBeforeTheBaseIsWritten) {
  EXPECT_EQ(ResendWindow(100).written(), 100u);
}

TEST(ResendWindowTest, ABreakForgetsAllThatLiesBehindTheBase) {
  ResendWindow window(0);
  window.Sent(200, 50);
  window.Advance(50, /*resends=*/true, kNow);
  EXPECT_EQ(window.written(), 200u);
  window.Break();
  EXPECT_EQ(window.base(), 0u);
  EXPECT_EQ(window.written(), 0u);
  EXPECT_TRUE(window.empty());
  window.Sent(150, 10);  // Sent again, from the base on.
  window.Advance(9, /*resends=*/true, kNow);
  EXPECT_EQ(window.written(), 0u);
  window.Advance(10, /*resends=*/true, kNow);
  EXPECT_EQ(window.written(), 150u);
}

TEST(ResendWindowTest, WhereNothingIsSentAgainTheBaseIsWhatWasWritten) {
  ResendWindow window(0);
  window.Sent(200, 50);
  window.Sent(300, 60);
  window.Advance(59, /*resends=*/false, kNow);
  EXPECT_EQ(window.base(), 200u);
  window.Advance(60, /*resends=*/false, kNow);
  EXPECT_EQ(window.base(), 300u);
}

TEST(ResendWindowTest, WhatHasNothingToSendGoesWithWhatWasSentBeforeIt) {
  ResendWindow window(0);
  window.Skip(100);
  EXPECT_EQ(window.base(), 100u);
  window.Sent(200, 50);
  window.Skip(250);
  EXPECT_EQ(window.base(), 100u);
  window.Advance(50, /*resends=*/false, kNow);
  EXPECT_EQ(window.base(), 250u);
}

}  // namespace
}  // namespace mesos_executor::log_shipper
