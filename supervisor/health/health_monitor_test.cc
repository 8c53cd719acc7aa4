#include "supervisor/health/health_monitor.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mesos_executor::health {
namespace {

using Report = HealthMonitor::Report;

const absl::Time kStart = absl::FromUnixSeconds(1000);

HealthDefinition Definition() {
  return {.grace_period = absl::ZeroDuration(), .consecutive_failures = 3};
}

// One letter a result, one second apart: 's' success, 'f' failure. One letter a report: '.'
// nothing, 'h' healthy, 'u' unhealthy, 'k' unhealthy and kill.
std::string Reports(const HealthDefinition& definition, const std::string& results) {
  HealthMonitor monitor(definition, kStart);
  std::string reports;
  absl::Time now = kStart;
  for (const char result : results) {
    reports += ".huk"[static_cast<int>(monitor.OnResult(result == 's', now))];
    now += absl::Seconds(1);
  }
  return reports;
}

TEST(HealthMonitorTest, HealthyIsReportedOnTheFirstSuccessAndAfterFailuresOnly) {
  EXPECT_EQ(Reports(Definition(), "sss"), "h..");
  EXPECT_EQ(Reports(Definition(), "sfss"), "huh.");
  EXPECT_EQ(Reports(Definition(), "ffs"), "uuh");
}

TEST(HealthMonitorTest, EveryFailureIsReportedAndTooManyInARowKill) {
  EXPECT_EQ(Reports(Definition(), "fff"), "uuk");
  EXPECT_EQ(Reports(Definition(), "sffsffsfff"), "huuhuuhuuk");
}

TEST(HealthMonitorTest, ZeroAndOneBothKillAtTheFirstFailure) {
  for (const uint32_t failures : {0, 1}) {
    HealthDefinition definition = Definition();
    definition.consecutive_failures = failures;
    EXPECT_EQ(Reports(definition, "f"), "k");
    EXPECT_EQ(Reports(definition, "sf"), "hk");
  }
}

TEST(HealthMonitorTest, FailuresInTheGracePeriodDontCountNotEvenAtItsLastMoment) {
  HealthDefinition definition = Definition();
  definition.grace_period = absl::Seconds(2);
  EXPECT_EQ(Reports(definition, "ffffff"), "...uuk");
  // Nor do they make the first success a recovery: it is the first one.
  EXPECT_EQ(Reports(definition, "ffs"), "..h");
}

TEST(HealthMonitorTest, TheFirstSuccessEndsTheGracePeriod) {
  HealthDefinition definition = Definition();
  definition.grace_period = absl::Seconds(100);
  EXPECT_EQ(Reports(definition, "fsfff"), ".huuk");
}

TEST(HealthMonitorTest, WithoutAGracePeriodEvenAFailureInTheFirstMomentCounts) {
  EXPECT_EQ(Reports(Definition(), "f"), "u");
}

TEST(HealthMonitorTest, HealthyNeedsTheSuccessesInARowThatAreAskedFor) {
  HealthDefinition definition = Definition();
  definition.min_successes = 3;
  EXPECT_EQ(Reports(definition, "ssss"), "..h.");
  EXPECT_EQ(Reports(definition, "ssfsss"), "..u..h");
  // Also after it fell ill, where one success still ends the row of failures.
  EXPECT_EQ(Reports(definition, "sssfsfssfsss"), "..hu.u..u..h");
  EXPECT_EQ(Reports(definition, "ffsffsff"), "uu.uu.uu");
}

TEST(HealthMonitorTest, TheGracePeriodLastsUntilThereWereSuccessesEnough) {
  HealthDefinition definition = Definition();
  definition.min_successes = 2;
  definition.grace_period = absl::Seconds(100);
  EXPECT_EQ(Reports(definition, "sfsfffssf"), ".......hu");
}

TEST(HealthMonitorTest, CountsFailuresSinceTheLastSuccess) {
  HealthMonitor monitor(Definition(), kStart);
  monitor.OnResult(false, kStart);
  monitor.OnResult(false, kStart);
  EXPECT_EQ(monitor.failures(), 2u);
  monitor.OnResult(true, kStart);
  EXPECT_EQ(monitor.failures(), 0u);
}

}  // namespace
}  // namespace mesos_executor::health
