#include "sidecars/runtime/task_lookup.h"

#include <gtest/gtest.h>

namespace mesos_executor {
namespace {

TEST(TaskLookupTest, TheFirstLabelOfAKeyCounts) {
  lifecycle::v1::Task task;
  EXPECT_EQ(FindLabel(task.labels(), "a"), nullptr);
  for (const char* value : {"first", "second"}) {
    auto* label = task.add_labels();
    label->set_key("a");
    label->set_value(value);
  }
  ASSERT_NE(FindLabel(task.labels(), "a"), nullptr);
  EXPECT_EQ(*FindLabel(task.labels(), "a"), "first");
}

TEST(TaskLookupTest, ASettingThatIsEmptyIsSet) {
  lifecycle::v1::Task task;
  EXPECT_EQ(TaskSetting(task, "A", "default"), "default");
  (*task.mutable_settings())["A"] = "";
  EXPECT_EQ(TaskSetting(task, "A", "default"), "");
}

TEST(TaskLookupTest, ATaskWantsASidecarUnlessItSaysNo) {
  lifecycle::v1::Task task;
  EXPECT_TRUE(IsEnabled(task, "X_ENABLED").value());
  (*task.mutable_settings())["X_ENABLED"] = "T";
  EXPECT_TRUE(IsEnabled(task, "X_ENABLED").value());
  (*task.mutable_settings())["X_ENABLED"] = "False";
  EXPECT_FALSE(IsEnabled(task, "X_ENABLED").value());
  (*task.mutable_settings())["X_ENABLED"] = "no\n";
  EXPECT_EQ(IsEnabled(task, "X_ENABLED").status().message(),
            "X_ENABLED is \"no\\n\": use true or false");
}

}  // namespace
}  // namespace mesos_executor
