#include "supervisor/event_loop/manual_event_loop.h"

#include <gtest/gtest.h>

#include <vector>

namespace mesos_executor {
namespace {

TEST(ManualEventLoopTest, TimersSeeTheirOwnTimeAndMaySetOthers) {
  ManualEventLoop loop;
  const absl::Time start = loop.Now();
  std::vector<absl::Duration> fired;
  std::unique_ptr<Pending> inner;
  auto outer = loop.After(absl::Seconds(1), [&] {
    fired.push_back(loop.Now() - start);
    inner = loop.After(absl::Seconds(1), [&] { fired.push_back(loop.Now() - start); });
  });
  loop.Advance(absl::Seconds(5));
  EXPECT_EQ(fired, (std::vector<absl::Duration>{absl::Seconds(1), absl::Seconds(2)}));
  EXPECT_EQ(loop.Now() - start, absl::Seconds(5));
  EXPECT_EQ(loop.timers(), 0u);
}

TEST(ManualEventLoopTest, ADestroyedTimerNeverFires) {
  ManualEventLoop loop;
  loop.After(absl::Seconds(1), [] { FAIL(); }).reset();
  loop.Advance(absl::Seconds(2));
}

TEST(ManualEventLoopTest, WhatACallbackPostsRunsToo) {
  ManualEventLoop loop;
  int calls = 0;
  loop.Post([&] {
    ++calls;
    loop.Post([&] { ++calls; });
  });
  loop.RunPosted();
  EXPECT_EQ(calls, 2);
}

}  // namespace
}  // namespace mesos_executor
