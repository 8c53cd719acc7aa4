// One line of the quickstart's timeline: something that was seen to happen, and where.
#ifndef INTEGRATION_QUICKSTART_EVENT_H_
#define INTEGRATION_QUICKSTART_EVENT_H_

#include <optional>
#include <string>

#include "absl/time/time.h"

namespace mesos_executor::quickstart {

// Who said it, or at whom it was seen.
enum class Source { kAgent, kExecutor, kSidecar, kConsul, kTask, kQuickstart };

struct Event {
  absl::Time time;
  Source source = Source::kQuickstart;
  // What sort of event it is, for programs; --help lists them.
  std::string kind;
  // What happened: "TASK_RUNNING", "before-start", "registered".
  std::string name;
  // How it ended, where that is not in the name: "ok", "healthy", "exit code 0".
  std::string outcome;
  std::optional<absl::Duration> took;
  // For people.
  std::string message;
};

}  // namespace mesos_executor::quickstart

#endif  // INTEGRATION_QUICKSTART_EVENT_H_
