// Events of a dev agent as lines for people or for programs.
#ifndef INTEGRATION_DEV_AGENT_TIMELINE_H_
#define INTEGRATION_DEV_AGENT_TIMELINE_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "integration/dev_agent/agent_event.h"

namespace mesos_executor::dev_agent {

// "+12.345 s  update    TASK_RUNNING healthy=true ...", without a line end. `start` is when the run
// began.
std::string TextLine(const AgentEvent& event, absl::Time start);
std::string TextLine(absl::string_view kind, absl::string_view text, absl::Time time,
                     absl::Time start);

// One JSON object: time (RFC 3339), ms since `start`, kind, and what the kind has.
std::string JsonLine(const AgentEvent& event, absl::Time start);
std::string JsonLine(absl::string_view kind, absl::string_view text, absl::Time time,
                     absl::Time start);

}  // namespace mesos_executor::dev_agent

#endif  // INTEGRATION_DEV_AGENT_TIMELINE_H_
