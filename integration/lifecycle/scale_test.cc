// A part of the crowd that //integration/lifecycle:scale measures: whoever is killed, all state is
// back, or gone.
#include "integration/lifecycle/scale.h"

#include <gtest/gtest.h>

namespace mesos_executor::lifecycle {
namespace {

// More than the first page of anything, and little enough for a slow machine.
constexpr size_t kSupervisors = 60;

TEST(ScaleTest, AllStateIsBackAfterARestartAndGoneWithItsSupervisors) {
  const auto result = RunScale(ObservedRecorder().get(), kSupervisors);
  EXPECT_TRUE(result.ok()) << result.status();
}

TEST(ScaleTest, AllRegistrationsAreBackAfterARestartAndGoneWithTheirSupervisors) {
  const auto result = RunScale(ObservedConsulRegistrar().get(), kSupervisors);
  EXPECT_TRUE(result.ok()) << result.status();
}

}  // namespace
}  // namespace mesos_executor::lifecycle
