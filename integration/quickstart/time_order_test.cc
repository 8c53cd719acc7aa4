#include "integration/quickstart/time_order.h"

#include <gtest/gtest.h>

#include <string>

namespace mesos_executor::quickstart {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'000'000'000);

Event At(int ms, std::string name) {
  return {.time = kStart + absl::Milliseconds(ms), .name = std::move(name)};
}

std::string Names(const std::vector<Event>& events) {
  std::string names;
  for (const Event& event : events) names += event.name;
  return names;
}

TEST(TimeOrderTest, WhatComesLateButInTimeIsPutWhereItBelongs) {
  TimeOrder order(absl::Milliseconds(50));
  EXPECT_FALSE(order.next().has_value());
  order.Add(At(20, "b"));
  order.Add(At(10, "a"));
  order.Add(At(20, "c"));
  EXPECT_EQ(order.next(), kStart + absl::Milliseconds(60));
  EXPECT_EQ(Names(order.Take(kStart + absl::Milliseconds(59))), "");
  EXPECT_EQ(Names(order.Take(kStart + absl::Milliseconds(60))), "a");
  EXPECT_EQ(Names(order.Take(kStart + absl::Milliseconds(70))), "bc");
  EXPECT_FALSE(order.next().has_value());
}

TEST(TimeOrderTest, AtTheEndNothingIsKept) {
  TimeOrder order(absl::Milliseconds(50));
  order.Add(At(2, "b"));
  order.Add(At(1, "a"));
  EXPECT_EQ(Names(order.TakeAll()), "ab");
  EXPECT_EQ(Names(order.TakeAll()), "");
}

}  // namespace
}  // namespace mesos_executor::quickstart
