// What the agent saw, as events of the timeline. Pure.
#ifndef INTEGRATION_QUICKSTART_AGENT_STORY_H_
#define INTEGRATION_QUICKSTART_AGENT_STORY_H_

#include <optional>

#include "absl/time/time.h"
#include "integration/dev_agent/agent_event.h"
#include "integration/quickstart/event.h"

namespace mesos_executor::quickstart {

// Times are told from what the agent did last: SUBSCRIBE from the start of the executor,
// TASK_RUNNING from LAUNCH, TASK_KILLED from KILL.
class AgentStory {
 public:
  // None where the event tells a person nothing new (acknowledgements, heartbeats, repetitions).
  std::optional<Event> Tell(const dev_agent::AgentEvent& event);

 private:
  std::optional<absl::Duration> Since(absl::Time now) const;

  std::optional<absl::Time> asked_;
};

}  // namespace mesos_executor::quickstart

#endif  // INTEGRATION_QUICKSTART_AGENT_STORY_H_
