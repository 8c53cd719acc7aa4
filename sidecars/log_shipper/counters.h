// What the log-shipper counts, over all tasks.
#ifndef SIDECARS_LOG_SHIPPER_COUNTERS_H_
#define SIDECARS_LOG_SHIPPER_COUNTERS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "sidecars/runtime/metrics.h"

namespace mesos_executor::log_shipper {

// Why a line never reaches the receiver.
inline constexpr char kSpoolFull[] = "spool-full";        // The bound on unshipped data.
inline constexpr char kGivenUp[] = "given-up";            // The same, kept by the supervisor.
inline constexpr char kTruncated[] = "truncated";         // By the task itself.
inline constexpr char kTooLate[] = "too-late";            // The task is long gone.
inline constexpr char kSizeLimit[] = "size-limit";        // An entry that is too long.
inline constexpr char kUnparsedFull[] = "unparsed-full";  // The executor's own stdout was full.

// Lives on the loop's thread; `metrics` outlives it.
struct Counters {
  explicit Counters(sidecar::Metrics* metrics);

  sidecar::Metrics::Counter& DroppedLines(absl::string_view reason);
  sidecar::Metrics::Counter& DroppedBytes(absl::string_view reason);

  sidecar::Metrics& metrics;
  // Each line once, however often it is read or sent.
  sidecar::Metrics::Counter& lines_read;
  sidecar::Metrics::Counter& bytes_read;
  sidecar::Metrics::Counter& lines_shipped;
  // Of entries, sent for the first time.
  sidecar::Metrics::Counter& bytes_shipped;
  sidecar::Metrics::Counter& lines_resent;
  sidecar::Metrics::Counter& lines_unparsed;
  sidecar::Metrics::Counter& lines_cut;
  sidecar::Metrics::Counter& truncations;
};

}  // namespace mesos_executor::log_shipper

#endif  // SIDECARS_LOG_SHIPPER_COUNTERS_H_
