#include "sidecars/runtime/message_rules.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace mesos_executor::sidecar {
namespace {

using lifecycle::v1::Attach;
using lifecycle::v1::Event;
using lifecycle::v1::State;

// As Mesos bounds its ids (common/validation.cpp, validateID).
constexpr size_t kMaxId = 255;

template <typename Message>
absl::StatusOr<TaskState> CheckPhase(const Message& message) {
  if (!lifecycle::v1::Phase_IsValid(message.phase())) {
    return absl::InvalidArgumentError(
        absl::StrCat("phase ", static_cast<int>(message.phase()), " is unknown"));
  }
  if (!lifecycle::v1::Health_IsValid(message.health())) {
    return absl::InvalidArgumentError(
        absl::StrCat("health ", static_cast<int>(message.health()), " is unknown"));
  }
  return TaskState{message.phase(), message.health()};
}

}  // namespace

absl::Status CheckId(const char* field, const std::string& id) {
  if (id.empty()) return absl::InvalidArgumentError(absl::StrCat(field, " is empty"));
  if (id.size() > kMaxId) {
    return absl::InvalidArgumentError(absl::StrCat(field, " is longer than ", kMaxId, " bytes"));
  }
  if (std::any_of(id.begin(), id.end(), [](unsigned char c) { return absl::ascii_iscntrl(c); })) {
    return absl::InvalidArgumentError(absl::StrCat(field, " has a control character"));
  }
  return absl::OkStatus();
}

absl::StatusOr<uint32_t> CheckAttach(const Attach& attach) {
  if (attach.protocol_min() < 1 || attach.protocol_min() > attach.protocol_max()) {
    return absl::InvalidArgumentError(absl::StrCat("protocol_min ", attach.protocol_min(),
                                                   " to protocol_max ", attach.protocol_max(),
                                                   " is no range of versions"));
  }
  if (attach.protocol_max() < kOldestProtocol || attach.protocol_min() > kNewestProtocol) {
    return absl::FailedPreconditionError(absl::StrCat(
        "this sidecar speaks versions ", kOldestProtocol, " to ", kNewestProtocol,
        " of the protocol, the supervisor ", attach.protocol_min(), " to ", attach.protocol_max()));
  }
  const lifecycle::v1::Task& task = attach.task();
  for (const absl::Status& status :
       {CheckId("incarnation", attach.incarnation()),
        CheckId("task.framework_id", task.framework_id()),
        CheckId("task.executor_id", task.executor_id()), CheckId("task.task_id", task.task_id())}) {
    if (!status.ok()) return status;
  }
  return std::min(attach.protocol_max(), kNewestProtocol);
}

absl::StatusOr<TaskState> CheckState(const State& state) { return CheckPhase(state); }

absl::StatusOr<TaskState> CheckEvent(const Event& event, lifecycle::v1::Phase before) {
  if (event.phase() == lifecycle::v1::PHASE_UNSPECIFIED) {
    return absl::InvalidArgumentError("an event must have a phase");
  }
  auto state = CheckPhase(event);
  const bool recovered =
      before == lifecycle::v1::UNHEALTHY && event.phase() == lifecycle::v1::HEALTHY;
  if (state.ok() && event.phase() < before && !recovered) {
    return absl::InvalidArgumentError(
        absl::StrCat(Phase_Name(event.phase()), " can't follow ", Phase_Name(before)));
  }
  return state;
}

absl::Duration DeadlineOf(const Event& event) {
  const auto& deadline = event.deadline();
  return std::max(absl::ZeroDuration(),
                  absl::Seconds(deadline.seconds()) + absl::Nanoseconds(deadline.nanos()));
}

std::string Printable(std::string_view text, size_t limit) {
  std::string printable(text.substr(0, limit));
  for (char& c : printable) {
    if (!absl::ascii_isprint(static_cast<unsigned char>(c))) c = '?';
  }
  return printable;
}

}  // namespace mesos_executor::sidecar
