#include "sidecars/runtime/counted_handler.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_replace.h"

namespace mesos_executor::sidecar {
namespace {

// BEFORE_START is "before-start" to people.
std::string Label(const std::string& name) {
  return absl::StrReplaceAll(absl::AsciiStrToLower(name), {{"_", "-"}});
}

}  // namespace

void CountedHandler::OnPhase(const TaskKey& key, const TaskState& state, absl::Duration deadline,
                             ReplyCallback reply) {
  handler_.OnPhase(
      key, state, deadline,
      [&metrics = metrics_, phase = Label(Phase_Name(state.phase)),
       reply = std::move(reply)](Reply answer) mutable {
        const std::string outcome = Label(lifecycle::v1::Answer::Outcome_Name(answer.outcome));
        metrics
            .CounterOf("mesos_sidecar_events_total", "Answers to the phases of tasks, by outcome.",
                       {{"phase", phase}, {"outcome", outcome}})
            .Add();
        reply(std::move(answer));
      });
}

}  // namespace mesos_executor::sidecar
