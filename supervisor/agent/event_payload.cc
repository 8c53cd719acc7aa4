#include "supervisor/agent/event_payload.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace mesos_executor::agent {
namespace {

using mesos::v1::executor::Event;

// Empty if nothing is.
absl::string_view Missing(const Event& event) {
  switch (event.type()) {
    case Event::SUBSCRIBED:
      return event.has_subscribed() ? "" : "subscribed";
    case Event::LAUNCH:
      return event.has_launch() ? "" : "launch";
    case Event::LAUNCH_GROUP:
      return event.has_launch_group() ? "" : "launch_group";
    case Event::KILL:
      return event.has_kill() ? "" : "kill";
    case Event::ACKNOWLEDGED:
      return event.has_acknowledged() ? "" : "acknowledged";
    case Event::MESSAGE:
      return event.has_message() ? "" : "message";
    default:
      return "";
  }
}

}  // namespace

absl::Status CheckPayload(const Event& event) {
  const absl::string_view missing = Missing(event);
  if (missing.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("the agent sent ", Event::Type_Name(event.type()), " without ", missing));
}

}  // namespace mesos_executor::agent
