#include "supervisor/lifecycle/session.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "supervisor/lifecycle/answer.h"

namespace mesos_executor::lifecycle {
namespace {

constexpr size_t kMaxName = 100;

google::protobuf::Duration ToProto(absl::Duration duration) {
  google::protobuf::Duration proto;
  proto.set_seconds(absl::IDivDuration(duration, absl::Seconds(1), &duration));
  proto.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(duration)));
  return proto;
}

}  // namespace

std::vector<v1::SupervisorMessage> Session::Connect(absl::Time now) {
  attached_ = false;
  std::vector<v1::SupervisorMessage> messages(2);
  v1::Attach* attach = messages[0].mutable_attach();
  attach->set_protocol_min(kProtocol);
  attach->set_protocol_max(kProtocol);
  attach->set_incarnation(incarnation_);
  *attach->mutable_task() = *task_;
  v1::State* state = messages[1].mutable_state();
  state->set_seq(seq_);
  state->set_phase(phase_);
  state->set_health(health_);
  if (open_ && Waiting() && began_ + wait_.deadline > now) messages.push_back(EventMessage(now));
  return messages;
}

v1::SupervisorMessage Session::NewEvent(v1::Phase phase, v1::Health health, Wait wait,
                                        absl::Time now) {
  ++seq_;
  phase_ = phase;
  health_ = health;
  wait_ = wait;
  began_ = now;
  open_ = true;
  pending_ = false;
  return EventMessage(now);
}

void Session::StopWaiting() {
  if (!Waiting()) return;
  wait_.deadline = absl::ZeroDuration();
  // One that goes on in the background may still say how it ended.
  open_ = open_ && pending_;
}

v1::SupervisorMessage Session::EventMessage(absl::Time now) const {
  v1::SupervisorMessage message;
  v1::Event* event = message.mutable_event();
  event->set_seq(seq_);
  event->set_phase(phase_);
  event->set_health(health_);
  *event->mutable_deadline() =
      ToProto(std::max(absl::ZeroDuration(), began_ + wait_.deadline - now));
  return message;
}

absl::StatusOr<Session::Received> Session::OnMessage(v1::SidecarMessage message, absl::Time now) {
  Received received;
  if (message.has_attached()) {
    const uint32_t protocol = message.attached().protocol();
    if (attached_) return absl::FailedPreconditionError("it sent attached twice");
    if (protocol != kProtocol) {
      return absl::FailedPreconditionError(
          absl::StrCat("it chose protocol ", protocol, ", but only ", kProtocol, " was offered"));
    }
    attached_ = true;
    received.attached = std::move(*message.mutable_attached());
    for (std::string* text :
         {received.attached->mutable_name(), received.attached->mutable_version()}) {
      *text = absl::Utf8SafeCHexEscape(text->substr(0, kMaxName));
    }
    return received;
  }
  if (!attached_) return absl::FailedPreconditionError("its first message is not attached");
  if (!message.has_answer()) return received;  // A message of a later version.
  v1::Answer answer = std::move(*message.mutable_answer());
  const bool late = Waiting() && now >= began_ + wait_.deadline;
  if (answer.seq() != seq_ || !open_ || late) return received;
  answer = CheckAnswer(std::move(answer), phase_);
  if (answer.outcome() != v1::Answer::PENDING) {
    open_ = false;
  } else if (std::exchange(pending_, true)) {
    return received;
  } else if (!wait_.required) {
    StopWaiting();
  }
  received.answer = std::move(answer);
  received.phase = phase_;
  received.took = now - began_;
  return received;
}

}  // namespace mesos_executor::lifecycle
