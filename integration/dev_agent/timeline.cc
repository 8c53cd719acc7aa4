#include "integration/dev_agent/timeline.h"

#include <string.h>
#include <sys/wait.h>

#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "protos/mesos/v1/mesos_json.h"

namespace mesos_executor::dev_agent {
namespace {

using Json = nlohmann::ordered_json;
using mesos::v1::TaskStatus;
using mesos::v1::executor::Event;

const char* KindName(AgentEvent::Kind kind) {
  switch (kind) {
    case AgentEvent::kExecutorStarted:
      return "executor_started";
    case AgentEvent::kExecFailed:
      return "exec_failed";
    case AgentEvent::kSubscribed:
      return "subscribed";
    case AgentEvent::kEventSent:
      return "sent";
    case AgentEvent::kEventLost:
      return "lost";
    case AgentEvent::kUpdate:
      return "update";
    case AgentEvent::kUpdateDropped:
      return "update_dropped";
    case AgentEvent::kMessage:
      return "message";
    case AgentEvent::kCallRefused:
      return "call_refused";
    case AgentEvent::kStreamGone:
      return "stream_gone";
    case AgentEvent::kExecutorExited:
      return "executor_exited";
    case AgentEvent::kFault:
      return "fault";
    case AgentEvent::kAgentPhase:
      return "agent_phase";
    case AgentEvent::kDestroying:
      return "destroying";
    case AgentEvent::kContainerDestroyed:
      return "container_destroyed";
  }
  return "unknown";
}

// Text of the executor's, safe for a terminal.
std::string Printable(const std::string& text) { return absl::Utf8SafeCEscape(text); }

std::string ExitText(int wait_status) {
  if (WIFSIGNALED(wait_status)) {
    return absl::StrCat("by signal ", WTERMSIG(wait_status), " (", strsignal(WTERMSIG(wait_status)),
                        ")");
  }
  return absl::StrCat("with code ", WEXITSTATUS(wait_status));
}

std::string UpdateText(const AgentEvent& event) {
  const TaskStatus& status = event.status;
  std::string text = mesos::v1::TaskState_Name(status.state());
  if (status.has_healthy()) absl::StrAppend(&text, status.healthy() ? ", healthy" : ", unhealthy");
  if (status.has_message()) absl::StrAppend(&text, ": ", Printable(status.message()));
  if (status.has_reason()) {
    absl::StrAppend(&text, " (", TaskStatus::Reason_Name(status.reason()), ")");
  }
  if (event.made_by_agent) absl::StrAppend(&text, " (made by the agent)");
  if (event.repeated) absl::StrAppend(&text, " (again)");
  return text;
}

std::string EventText(const Event& event) {
  std::string text = Event::Type_Name(event.type());
  if (event.has_kill() && event.kill().has_kill_policy()) {
    const auto grace = event.kill().kill_policy().grace_period().nanoseconds();
    absl::StrAppend(&text, ", grace period ", absl::FormatDuration(absl::Nanoseconds(grace)));
  }
  return text;
}

std::string Text(const AgentEvent& event) {
  switch (event.kind) {
    case AgentEvent::kExecutorStarted:
      return absl::StrCat("executor started, pid ", event.pid);
    case AgentEvent::kExecFailed:
      return absl::StrCat("executor cannot be run: ", event.detail);
    case AgentEvent::kSubscribed:
      return absl::StrCat("SUBSCRIBE with ", event.subscribe.unacknowledged_tasks_size(),
                          " unacknowledged tasks, ", event.subscribe.unacknowledged_updates_size(),
                          " unacknowledged updates");
    case AgentEvent::kEventSent:
      return EventText(event.event);
    case AgentEvent::kEventLost:
      return absl::StrCat(EventText(event.event), " is lost: the executor has no stream");
    case AgentEvent::kUpdate:
      return UpdateText(event);
    case AgentEvent::kUpdateDropped:
      return absl::StrCat(mesos::v1::TaskState_Name(event.status.state()),
                          " not acknowledged: ", event.detail);
    case AgentEvent::kMessage:
      return absl::StrCat("MESSAGE ", Printable(event.detail));
    case AgentEvent::kCallRefused:
      return absl::StrCat("call answered ", event.code, " ", Printable(event.detail));
    case AgentEvent::kStreamGone:
      return absl::StrCat("event stream ", event.detail);
    case AgentEvent::kExecutorExited:
      return absl::StrCat("executor ended ", ExitText(event.wait_status));
    case AgentEvent::kFault:
      return absl::StrCat("fault: ", event.detail);
    case AgentEvent::kAgentPhase:
      return absl::StrCat("agent ", event.detail);
    case AgentEvent::kDestroying:
      return absl::StrCat("killing the container: ", event.detail);
    case AgentEvent::kContainerDestroyed:
      return "no process is left in the container";
  }
  return "";
}

// Who did it: what a reader wants to see first.
const char* Actor(AgentEvent::Kind kind) {
  switch (kind) {
    case AgentEvent::kSubscribed:
    case AgentEvent::kMessage:
      return "executor";
    case AgentEvent::kUpdate:
      return "update";
    case AgentEvent::kEventSent:
    case AgentEvent::kEventLost:
      return "event";
    default:
      return "agent";
  }
}

Json JsonHead(absl::string_view kind, absl::Time time, absl::Time start) {
  return {{"time", absl::FormatTime(absl::RFC3339_full, time, absl::UTCTimeZone())},
          {"ms", absl::ToDoubleMilliseconds(time - start)},
          {"kind", std::string(kind)}};
}

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string TextLine(const AgentEvent& event, absl::Time start) {
  return TextLine(Actor(event.kind), Text(event), event.time, start);
}

std::string TextLine(absl::string_view kind, absl::string_view text, absl::Time time,
                     absl::Time start) {
  return absl::StrFormat("%+9.3f s  %-8s  %s", absl::ToDoubleSeconds(time - start), kind, text);
}

std::string JsonLine(const AgentEvent& event, absl::Time start) {
  Json line = JsonHead(KindName(event.kind), event.time, start);
  switch (event.kind) {
    case AgentEvent::kExecutorStarted:
      line["pid"] = event.pid;
      break;
    case AgentEvent::kSubscribed:
      line["unacknowledged_tasks"] = event.subscribe.unacknowledged_tasks_size();
      line["unacknowledged_updates"] = event.subscribe.unacknowledged_updates_size();
      break;
    case AgentEvent::kEventSent:
    case AgentEvent::kEventLost:
      line["event"] = Json::parse(PrintMesosJson(event.event));
      break;
    case AgentEvent::kUpdate:
    case AgentEvent::kUpdateDropped:
      line["status"] = Json::parse(PrintMesosJson(event.status));
      line["made_by_agent"] = event.made_by_agent;
      line["repeated"] = event.repeated;
      break;
    case AgentEvent::kExecutorExited:
      line["wait_status"] = event.wait_status;
      break;
    case AgentEvent::kCallRefused:
      line["code"] = event.code;
      break;
    default:
      break;
  }
  if (!event.detail.empty()) line["detail"] = event.detail;
  return Dump(line);
}

std::string JsonLine(absl::string_view kind, absl::string_view text, absl::Time time,
                     absl::Time start) {
  Json line = JsonHead(kind, time, start);
  line["detail"] = std::string(text);
  return Dump(line);
}

}  // namespace mesos_executor::dev_agent
