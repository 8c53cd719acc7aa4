#include "supervisor/launch/resource_limits.h"

#include <gmock/gmock.h>
#include <sys/resource.h>

#include "google/protobuf/text_format.h"

namespace mesos_executor::launch {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

absl::StatusOr<std::vector<process::ResourceLimit>> Limits(const std::string& rlimits) {
  mesos::v1::TaskInfo task;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      rlimits, task.mutable_container()->mutable_rlimit_info()));
  return ResourceLimitsOf(task);
}

TEST(ResourceLimitsTest, ATaskWithoutLimitsHasNone) {
  EXPECT_THAT(ResourceLimitsOf({}).value(), IsEmpty());
}

TEST(ResourceLimitsTest, ALimitHasBothNumbersOrIsUnlimited) {
  const auto limits =
      Limits("rlimits { type: RLMT_NOFILE soft: 10 hard: 20 } rlimits { type: RLMT_CORE }");
  ASSERT_THAT(limits.value(), SizeIs(2));
  EXPECT_EQ((*limits)[0].resource, RLIMIT_NOFILE);
  EXPECT_EQ((*limits)[0].soft, 10u);
  EXPECT_EQ((*limits)[0].hard, 20u);
  EXPECT_EQ((*limits)[1].resource, RLIMIT_CORE);
  EXPECT_EQ((*limits)[1].soft, RLIM_INFINITY);
}

TEST(ResourceLimitsTest, EveryTypeButUnknownIsALimit) {
  using mesos::v1::RLimitInfo;
  for (int type = 1; type < RLimitInfo::RLimit::Type_ARRAYSIZE; ++type) {
    mesos::v1::TaskInfo task;
    task.mutable_container()->mutable_rlimit_info()->add_rlimits()->set_type(
        static_cast<RLimitInfo::RLimit::Type>(type));
    EXPECT_THAT(ResourceLimitsOf(task).value(), SizeIs(1)) << type;
  }
}

TEST(ResourceLimitsTest, WhatIsNoLimitIsSaid) {
  EXPECT_THAT(Limits("rlimits { soft: 1 hard: 1 }").status().message(),
              HasSubstr("UNKNOWN is not a limit"));
  EXPECT_THAT(Limits("rlimits { type: RLMT_CPU soft: 1 }").status().message(),
              HasSubstr("RLMT_CPU has one number of two"));
  EXPECT_THAT(Limits("rlimits { type: RLMT_CPU soft: 2 hard: 1 }").status().message(),
              HasSubstr("soft limit 2 is above its hard limit 1"));
}

}  // namespace
}  // namespace mesos_executor::launch
