#include "integration/soak/update_difference.h"

#include <gtest/gtest.h>

namespace mesos_executor {
namespace {

using Lines = std::vector<std::string>;

constexpr char kRunning[] = "TASK_RUNNING";
constexpr char kWell[] = "TASK_RUNNING healthy";
constexpr char kIll[] = "TASK_RUNNING unhealthy";
constexpr char kEnd[] = "TASK_FINISHED";

TEST(UpdateDifferenceTest, OlderNewsMayBeMissing) {
  const Lines made = {kRunning, kWell, kIll, kWell, kEnd};
  for (const Lines& seen :
       {made, Lines{kRunning, kWell, kEnd}, Lines{kRunning, kIll, kWell, kEnd}}) {
    EXPECT_EQ(UpdateDifference(made, seen), "");
  }
}

TEST(UpdateDifferenceTest, TheNewestNewsMayNot) {
  const Lines made = {kRunning, kIll, kWell, kEnd};
  for (const Lines& seen : {Lines{kRunning, kEnd}, Lines{kRunning, kIll, kEnd}}) {
    EXPECT_EQ(UpdateDifference(made, seen),
              "update \"TASK_RUNNING healthy\" is missing, or out of order");
  }
  EXPECT_NE(UpdateDifference({kRunning, kWell}, {kRunning}), "");
}

TEST(UpdateDifferenceTest, AllElseMustBeThereInOrder) {
  const Lines made = {kRunning, kWell, kEnd};
  for (const Lines& seen :
       {Lines{}, Lines{kWell, kEnd}, Lines{kRunning, kWell}, Lines{kWell, kRunning, kEnd},
        Lines{kRunning, kWell, kEnd, kEnd}, Lines{kIll, kRunning, kWell, kEnd}}) {
    EXPECT_NE(UpdateDifference(made, seen), "");
  }
}

}  // namespace
}  // namespace mesos_executor
