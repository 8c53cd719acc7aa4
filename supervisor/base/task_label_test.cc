#include "supervisor/base/task_label.h"

#include <gtest/gtest.h>

#include <string>

namespace mesos_executor {
namespace {

TEST(TaskLabelTest, FindsTheFirstOfThatName) {
  mesos::v1::Labels labels;
  EXPECT_EQ(LabelValue(labels, "a"), std::nullopt);
  for (const char* value : {"1", "2"}) {
    auto* label = labels.add_labels();
    label->set_key("a");
    label->set_value(value);
  }
  labels.add_labels()->set_key("b");
  EXPECT_EQ(LabelValue(labels, "a"), "1");
  EXPECT_EQ(LabelValue(labels, "b"), "");
  EXPECT_EQ(LabelValue(labels, "A"), std::nullopt);
}

TEST(TaskLabelTest, AWarningShowsTheValueWithinReason) {
  EXPECT_EQ(LabelWarning("a", "x\n", "write y"), "label a=\"x\\n\": write y");
  EXPECT_EQ(LabelWarning("a", std::string(65, 'x'), "write y"),
            "label a=\"" + std::string(64, 'x') + "…\": write y");
}

}  // namespace
}  // namespace mesos_executor
