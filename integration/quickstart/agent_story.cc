#include "integration/quickstart/agent_story.h"

#include "absl/strings/str_cat.h"
#include "integration/quickstart/checklist.h"

namespace mesos_executor::quickstart {
namespace {

using dev_agent::AgentEvent;
using mesos::v1::TaskStatus;
using AgentsEvent = mesos::v1::executor::Event;

std::string Health(const TaskStatus& status) {
  if (!status.has_healthy()) return "";
  return status.healthy() ? "healthy" : "unhealthy";
}

}  // namespace

std::optional<Event> AgentStory::Tell(const AgentEvent& event) {
  Event told{.time = event.time, .source = Source::kAgent};
  switch (event.kind) {
    case AgentEvent::kExecutorStarted:
      asked_ = event.time;
      told.kind = "process";
      told.name = "executor started";
      told.message = absl::StrCat("process ", event.pid);
      return told;
    case AgentEvent::kExecFailed:
      told.kind = "process";
      told.name = "executor not started";
      told.outcome = "failed";
      told.message = event.detail;
      return told;
    case AgentEvent::kSubscribed:
      told.kind = "call";
      told.name = "SUBSCRIBE";
      told.took = Since(event.time);
      told.message = "the executor speaks to its agent";
      return told;
    case AgentEvent::kEventSent:
    case AgentEvent::kEventLost: {
      const AgentsEvent::Type type = event.event.type();
      if (type != AgentsEvent::LAUNCH && type != AgentsEvent::KILL &&
          type != AgentsEvent::SHUTDOWN) {
        return std::nullopt;
      }
      asked_ = event.time;
      told.kind = "event";
      told.name = AgentsEvent::Type_Name(type);
      if (event.kind == AgentEvent::kEventLost) {
        told.outcome = "lost";
        told.message = "the executor is not connected";
      }
      return told;
    }
    case AgentEvent::kUpdate:
      if (event.repeated) return std::nullopt;
      told.kind = "update";
      told.name = mesos::v1::TaskState_Name(event.status.state());
      // Only while it runs is the health news.
      if (event.status.state() == mesos::v1::TASK_RUNNING) told.outcome = Health(event.status);
      told.took = Since(event.time);
      told.message = event.status.message();
      if (event.made_by_agent) {
        told.message =
            absl::StrCat("made by the agent", told.message.empty() ? "" : ": ", told.message);
      }
      return told;
    case AgentEvent::kUpdateDropped:
      told.kind = "update";
      told.name = mesos::v1::TaskState_Name(event.status.state());
      told.outcome = "refused";
      told.message = event.detail;
      return told;
    case AgentEvent::kMessage:
    // The quickstart's agent has no faults.
    case AgentEvent::kFault:
    case AgentEvent::kAgentPhase:
      return std::nullopt;
    case AgentEvent::kCallRefused:
      told.kind = "call";
      told.name = "a call";
      told.outcome = "refused";
      told.message = absl::StrCat(event.code, " ", event.detail);
      return told;
    case AgentEvent::kStreamGone:
      told.kind = "call";
      told.name = "event stream ended";
      told.message = event.detail;
      return told;
    case AgentEvent::kExecutorExited:
      told.kind = "process";
      told.name = "executor";
      told.outcome = WaitStatusText(event.wait_status);
      told.took = Since(event.time);
      return told;
    case AgentEvent::kDestroying:
      told.kind = "process";
      told.name = "container killed";
      told.message = event.detail;
      return told;
    case AgentEvent::kContainerDestroyed:
      told.kind = "process";
      told.name = "container empty";
      told.message = "no process of it is left";
      return told;
  }
  return std::nullopt;
}

std::optional<absl::Duration> AgentStory::Since(absl::Time now) const {
  if (!asked_) return std::nullopt;
  return now - *asked_;
}

}  // namespace mesos_executor::quickstart
