#include "sidecars/runtime/metrics.h"

#include <gtest/gtest.h>

namespace mesos_executor::sidecar {
namespace {

TEST(MetricsTest, APageHasHelpTypeAndEachSeries) {
  Metrics metrics;
  Metrics::Counter& ok = metrics.CounterOf("events_total", "What came.", {{"outcome", "ok"}});
  ok.Add();
  ok.Add(2);
  metrics.CounterOf("events_total", "What came.", {{"outcome", "failed"}}).Add();
  metrics.SetGauge("attached_tasks", "Tasks now.", {}, [] { return 7; });
  EXPECT_EQ(metrics.Text(),
            "# HELP attached_tasks Tasks now.\n"
            "# TYPE attached_tasks gauge\n"
            "attached_tasks 7\n"
            "# HELP events_total What came.\n"
            "# TYPE events_total counter\n"
            "events_total{outcome=\"failed\"} 1\n"
            "events_total{outcome=\"ok\"} 3\n");
}

TEST(MetricsTest, TheSameNameAndLabelsAreTheSameCounter) {
  Metrics metrics;
  metrics.CounterOf("lines_total", "Lines.").Add(5);
  EXPECT_EQ(metrics.CounterOf("lines_total", "Lines.").value(), 5u);
}

TEST(MetricsTest, LabelValuesAreEscaped) {
  Metrics metrics;
  metrics.CounterOf("x_total", "A\nB", {{"task", "a\"b\\c\nd"}});
  EXPECT_EQ(metrics.Text(),
            "# HELP x_total A\\nB\n# TYPE x_total counter\nx_total{task=\"a\\\"b\\\\c\\nd\"} 0\n");
}

TEST(MetricsTest, ARemovedGaugeLeavesNothingBehind) {
  Metrics metrics;
  metrics.SetGauge("lag_bytes", "Behind.", {{"task", "t"}}, [] { return 1.5; });
  metrics.RemoveGauge("lag_bytes", {{"task", "t"}});
  metrics.RemoveGauge("lag_bytes", {{"task", "u"}});
  EXPECT_EQ(metrics.Text(), "");
}

}  // namespace
}  // namespace mesos_executor::sidecar
