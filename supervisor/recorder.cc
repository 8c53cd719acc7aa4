#include "supervisor/recorder.h"

#include "absl/time/clock.h"

namespace mesos_executor {

void Recorder::Add(TimelineEntry entry) {
  entry.end = ending_;
  timeline_.Add(entry, absl::Now());
}

}  // namespace mesos_executor
