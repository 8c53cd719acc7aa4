#include "sidecars/log_shipper/counters.h"

namespace mesos_executor::log_shipper {

Counters::Counters(sidecar::Metrics* metrics)
    : metrics(*metrics),
      lines_read(metrics->CounterOf("log_shipper_lines_read_total", "Lines that tasks wrote.")),
      bytes_read(metrics->CounterOf("log_shipper_bytes_read_total", "Bytes of those lines.")),
      lines_shipped(metrics->CounterOf("log_shipper_lines_shipped_total",
                                       "Lines sent as entries, those sent again not counted.")),
      bytes_shipped(
          metrics->CounterOf("log_shipper_bytes_shipped_total", "Bytes of those entries.")),
      lines_resent(metrics->CounterOf("log_shipper_resent_lines_total",
                                      "Lines sent again as a connection broke.")),
      lines_unparsed(metrics->CounterOf("log_shipper_unparsed_lines_total",
                                        "Lines that went to the executor's own output.")),
      lines_cut(metrics->CounterOf("log_shipper_cut_lines_total", "Lines that were too long.")),
      truncations(metrics->CounterOf("log_shipper_truncations_total",
                                     "How often a task truncated its own output.")) {}

sidecar::Metrics::Counter& Counters::DroppedLines(absl::string_view reason) {
  return metrics.CounterOf("log_shipper_dropped_lines_total", "Lines that were never delivered.",
                           {{"reason", std::string(reason)}});
}

sidecar::Metrics::Counter& Counters::DroppedBytes(absl::string_view reason) {
  return metrics.CounterOf("log_shipper_dropped_bytes_total", "Bytes that were never read.",
                           {{"reason", std::string(reason)}});
}

}  // namespace mesos_executor::log_shipper
