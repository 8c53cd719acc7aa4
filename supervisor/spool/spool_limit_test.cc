#include "supervisor/spool/spool_limit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace mesos_executor::spool {
namespace {

using ::testing::HasSubstr;

constexpr uint64_t kMiB = uint64_t{1} << 20;

mesos::v1::TaskInfo WithDisk(std::initializer_list<double> shares) {
  mesos::v1::TaskInfo task;
  for (const double share : shares) {
    auto* resource = task.add_resources();
    resource->set_name("disk");
    resource->set_type(mesos::v1::Value::SCALAR);
    resource->mutable_scalar()->set_value(share);
  }
  return task;
}

SpoolLimit Set(const std::string& value) {
  return SpoolLimitOf({}, Environment({{"ALLEGRO_EXECUTOR_SERVICELOG_SPOOL_LIMIT", value}}));
}

TEST(SpoolLimitTest, EachSpoolHasHalfOfTheDefault) {
  EXPECT_EQ(SpoolLimitOf({}, {}).bytes, 128 * kMiB);
}

TEST(SpoolLimitTest, ATaskWithLittleDiskHasHalfOfItForBoth) {
  EXPECT_EQ(SpoolLimitOf(WithDisk({100}), {}).bytes, 25 * kMiB);
  EXPECT_EQ(SpoolLimitOf(WithDisk({60, 40}), {}).bytes, 25 * kMiB) << "shares add up";
  EXPECT_EQ(SpoolLimitOf(WithDisk({1e9}), {}).bytes, 128 * kMiB);
}

TEST(SpoolLimitTest, AnyDoubleGivesALimit) {
  for (const double odd : {0.0, -1.0, 1e-300, std::numeric_limits<double>::quiet_NaN(),
                           std::numeric_limits<double>::infinity()}) {
    EXPECT_GE(SpoolLimitOf(WithDisk({odd}), {}).bytes, kMiB / 2) << odd;
  }
}

TEST(SpoolLimitTest, TheSettingTakesBytesAndUnits) {
  EXPECT_EQ(Set("4194304").bytes, 2 * kMiB);
  EXPECT_EQ(Set("4096k").bytes, 2 * kMiB);
  EXPECT_EQ(Set("4M").bytes, 2 * kMiB);
  EXPECT_EQ(Set("2g").bytes, 1024 * kMiB);
  EXPECT_EQ(Set("").warning, "");
}

TEST(SpoolLimitTest, ASettingThatMakesNoSenseIsAWarningAndTheDefault) {
  for (const std::string bad : {"M", "4MB", "-1", "0", "100", "99999999999G", "1.5G", "\n"}) {
    EXPECT_EQ(Set(bad).bytes, 128 * kMiB) << bad;
    EXPECT_THAT(Set(bad).warning, HasSubstr("SPOOL_LIMIT")) << bad;
  }
}

}  // namespace
}  // namespace mesos_executor::spool
