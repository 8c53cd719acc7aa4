// The lines of executor-timeline.jsonl (supervisor/timeline), as events of our timeline. Pure.
#ifndef INTEGRATION_QUICKSTART_EXECUTOR_TIMELINE_H_
#define INTEGRATION_QUICKSTART_EXECUTOR_TIMELINE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "integration/quickstart/event.h"

namespace mesos_executor::quickstart {

// What names a sidecar is told of the sidecar, all else of the executor. InvalidArgument: not such
// a line; the message says what is wrong with it.
absl::StatusOr<Event> ParseExecutorLine(absl::string_view line);

}  // namespace mesos_executor::quickstart

#endif  // INTEGRATION_QUICKSTART_EXECUTOR_TIMELINE_H_
