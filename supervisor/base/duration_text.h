// Durations as people and agents write them: Mesos' spelling ("90secs", "1.5mins") and Go's
// ("1m30s", "500ms").
#ifndef SUPERVISOR_BASE_DURATION_TEXT_H_
#define SUPERVISOR_BASE_DURATION_TEXT_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace mesos_executor {

// All of them refuse negative and infinite durations and text of more than 64 characters. The error
// is InvalidArgument; its message quotes the text (shortened) and names the spelling that was
// expected, and fits behind "VARIABLE: ".

// A number and one unit, without a space: ns us ms secs mins hrs days weeks (Mesos,
// stout/duration.hpp).
absl::StatusOr<absl::Duration> ParseMesosDuration(absl::string_view text);

// Numbers with units, biggest first by custom: h m s ms us µs ns; "0" needs no unit (Go,
// time.ParseDuration).
absl::StatusOr<absl::Duration> ParseGoDuration(absl::string_view text);

// Either of them. What both can read means the same in both, but for a last digit.
absl::StatusOr<absl::Duration> ParseDuration(absl::string_view text);

}  // namespace mesos_executor

#endif  // SUPERVISOR_BASE_DURATION_TEXT_H_
