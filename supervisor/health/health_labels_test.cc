#include "supervisor/health/health_labels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace mesos_executor::health {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

HealthLabels Read(std::initializer_list<std::pair<std::string, std::string>> pairs) {
  mesos::v1::Labels labels;
  for (const auto& [key, value] : pairs) {
    auto* label = labels.add_labels();
    label->set_key(key);
    label->set_value(value);
  }
  return ReadHealthLabels(labels);
}

TEST(HealthLabelsTest, AllIsOffByDefault) {
  const HealthLabels labels = Read({{"consul", "true"}});
  EXPECT_EQ(labels.min_successes, 1u);
  EXPECT_EQ(labels.snooze_file, "");
  EXPECT_FALSE(labels.running_when_healthy);
  EXPECT_THAT(labels.warnings, IsEmpty());
}

TEST(HealthLabelsTest, TakesWhatMakesSense) {
  const HealthLabels labels = Read({{"executor-health-min-successes", "1000"},
                                    {"executor-health-snooze-file", ".healthchecksnooze"},
                                    {"executor-running-when-healthy", "true"}});
  EXPECT_EQ(labels.min_successes, 1000u);
  EXPECT_EQ(labels.snooze_file, ".healthchecksnooze");
  EXPECT_TRUE(labels.running_when_healthy);
  EXPECT_THAT(labels.warnings, IsEmpty());
  EXPECT_TRUE(Read({{"executor-running-when-healthy", ""}}).running_when_healthy);
  EXPECT_FALSE(Read({{"executor-running-when-healthy", "false"}}).running_when_healthy);
}

TEST(HealthLabelsTest, WarnsOfTheRestAndTakesTheDefault) {
  for (const char* value : {"", "0", "-1", "1001", "3.5", "two", "4294967297"}) {
    const HealthLabels labels = Read({{"executor-health-min-successes", value}});
    EXPECT_EQ(labels.min_successes, 1u) << value;
    EXPECT_THAT(labels.warnings, ElementsAre(StartsWith("label executor-health-min-successes=")));
  }
  for (const std::string& value :
       {std::string(), std::string("."), std::string(".."), std::string("/etc/passwd"),
        std::string("../x"), std::string("a/b"), std::string("a\0b", 3), std::string(256, 'x')}) {
    const HealthLabels labels = Read({{"executor-health-snooze-file", value}});
    EXPECT_EQ(labels.snooze_file, "") << value;
    EXPECT_THAT(labels.warnings, ElementsAre(StartsWith("label executor-health-snooze-file=")));
  }
  const HealthLabels labels = Read({{"executor-running-when-healthy", "yes"}});
  EXPECT_FALSE(labels.running_when_healthy);
  EXPECT_THAT(labels.warnings,
              ElementsAre("label executor-running-when-healthy=\"yes\": write true or false; "
                          "taking false"));
}

}  // namespace
}  // namespace mesos_executor::health
