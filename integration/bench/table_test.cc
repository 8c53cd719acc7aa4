#include "integration/bench/table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mesos_executor::bench {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(TableTest, TheMedianIsTheMiddle) {
  EXPECT_EQ(Median({3, 1, 2}), 2);
  EXPECT_EQ(Median({4, 1, 2, 3}), 2.5);
}

TEST(TableTest, ARowShowsMedianSpreadAndTheMultipleOfTheLimit) {
  const std::string text = Format({{.name = "kill",
                                    .unit = "ms",
                                    .goal = 5,
                                    .ours = {2, 4, 3},
                                    .limit = {1},
                                    .limit_name = "bare kill+wait"}},
                                  false);
  EXPECT_THAT(text, HasSubstr("3 (2–4)"));
  EXPECT_THAT(text, HasSubstr("3.0 × bare kill+wait"));
}

TEST(TableTest, WhatWasNotMeasuredIsNamed) {
  const std::vector<Row> rows = {
      {.name = "a"}, {.name = "b", .ours = {1}}, {.name = "c", .ours = {1}, .limit_name = "x"}};
  EXPECT_THAT(Format(rows, false), HasSubstr("NOT MEASURED"));
  EXPECT_THAT(Unmeasured(rows), ElementsAre("a", "c"));
}

}  // namespace
}  // namespace mesos_executor::bench
