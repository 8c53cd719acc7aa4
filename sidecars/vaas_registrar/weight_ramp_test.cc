#include "sidecars/vaas_registrar/weight_ramp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace mesos_executor::vaas {
namespace {

using ::testing::ElementsAre;

std::vector<int> WeightsOf(const WeightRamp& ramp, int weight = 1) {
  std::vector<int> weights;
  while (const auto next = NextWeight(ramp, weight)) weights.push_back(weight = *next);
  return weights;
}

TEST(WeightRampTest, RisesEvenlyToItsEnd) {
  EXPECT_THAT(WeightsOf({.to = 100, .over = absl::Minutes(5)}),
              ElementsAre(10, 20, 30, 40, 50, 60, 70, 80, 90, 100));
  EXPECT_EQ(RampPause({.to = 100, .over = absl::Minutes(5)}), absl::Seconds(30));
}

TEST(WeightRampTest, ASmallWeightTakesAsManyStepsAsItCan) {
  EXPECT_THAT(WeightsOf({.to = 4, .over = absl::Minutes(3)}), ElementsAre(2, 3, 4));
  EXPECT_EQ(RampPause({.to = 4, .over = absl::Minutes(3)}), absl::Minutes(1));
}

TEST(WeightRampTest, GoesOnFromWhereverItIs) {
  EXPECT_THAT(WeightsOf({.to = 100, .over = absl::Minutes(5)}, 85), ElementsAre(90, 100));
  EXPECT_THAT(WeightsOf({.to = 20, .over = absl::Minutes(5)}, 0), testing::SizeIs(10));
  EXPECT_THAT(WeightsOf({.to = 20, .over = absl::Minutes(5)}, 20), ElementsAre());
  EXPECT_THAT(WeightsOf({.to = 20, .over = absl::Minutes(5)}, 50), ElementsAre());
}

}  // namespace
}  // namespace mesos_executor::vaas
