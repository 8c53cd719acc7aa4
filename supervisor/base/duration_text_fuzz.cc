// Any text: a duration that is neither negative nor infinite, or an error that is short.
#include <glog/logging.h>

#include "supervisor/base/duration_text.h"

using mesos_executor::ParseDuration;
using mesos_executor::ParseGoDuration;
using mesos_executor::ParseMesosDuration;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const auto either = ParseDuration(text), mesos = ParseMesosDuration(text),
             go = ParseGoDuration(text);
  for (const auto& duration : {either, mesos, go}) {
    if (duration.ok()) {
      CHECK(*duration >= absl::ZeroDuration() && *duration < absl::InfiniteDuration());
    } else {
      CHECK_LE(duration.status().message().size(), 512u);
    }
  }
  CHECK_EQ(either.ok(), mesos.ok() || go.ok());
  if (mesos.ok() && go.ok()) {
    // Fractions are rounded in one of them.
    CHECK(absl::AbsDuration(*mesos - *go) <= absl::Nanoseconds(1) + *mesos / 1e9) << text;
  }
  return 0;
}
