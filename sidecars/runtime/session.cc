#include "sidecars/runtime/session.h"

#include <glog/logging.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "sidecars/runtime/message_rules.h"

namespace mesos_executor::sidecar {
namespace {

using lifecycle::v1::SidecarMessage;
using lifecycle::v1::SupervisorMessage;

// A supervisor says at once who it is; what takes longer only holds a descriptor.
constexpr absl::Duration kIntroductionTime = absl::Seconds(10);
// As Answer.message says.
constexpr size_t kMaxMessage = 1024;

}  // namespace

Session::Session(EventLoop* loop, SidecarName name, Tasks* tasks, Handler* handler,
                 std::shared_ptr<Peer> peer, std::shared_ptr<StreamWriter> writer)
    : name_(std::move(name)),
      tasks_(*tasks),
      handler_(*handler),
      peer_(std::move(peer)),
      writer_(std::move(writer)),
      self_(std::make_shared<Session*>(this)) {
  introduction_ = loop->After(kIntroductionTime, [this] {
    Refuse(absl::DeadlineExceededError(
        absl::StrCat("no attach and state within ", absl::FormatDuration(kIntroductionTime))));
  });
}

Session::~Session() { Closed(); }

void Session::Receive(const SupervisorMessage& message) {
  if (expects_ == Expects::kNothing) return;
  switch (message.message_case()) {
    case SupervisorMessage::kAttach:
      return expects_ == Expects::kAttach
                 ? OnAttach(message.attach())
                 : Refuse(absl::InvalidArgumentError("attach must come first, and once"));
    case SupervisorMessage::kState:
      return expects_ == Expects::kState
                 ? OnState(message.state())
                 : Refuse(absl::InvalidArgumentError("state must follow attach, and come once"));
    case SupervisorMessage::kEvent:
      return expects_ == Expects::kEvents
                 ? OnEvent(message.event())
                 : Refuse(absl::InvalidArgumentError("an event must come after attach and state"));
    case SupervisorMessage::kGoodbye:
      return expects_ == Expects::kAttach
                 ? Refuse(absl::InvalidArgumentError("goodbye must come after attach"))
                 : OnGoodbye();
    case SupervisorMessage::MESSAGE_NOT_SET:
      // A kind of message that a later minor change added: not for us (README.md, versions).
      return;
  }
}

void Session::OnAttach(const lifecycle::v1::Attach& attach) {
  const absl::StatusOr<uint32_t> protocol = CheckAttach(attach);
  if (!protocol.ok()) return Refuse(protocol.status());
  const TaskKey key = {peer_->uid(), attach.task().framework_id(), attach.task().executor_id(),
                       attach.task().task_id()};
  if (absl::Status status = tasks_.Attach(key, *peer_, this); !status.ok()) return Refuse(status);
  key_ = key;
  attach_ = attach;
  expects_ = Expects::kState;
  SidecarMessage message;
  message.mutable_attached()->set_protocol(*protocol);
  message.mutable_attached()->set_name(name_.name);
  message.mutable_attached()->set_version(name_.version);
  writer_->Write(message);
}

void Session::OnState(const lifecycle::v1::State& message) {
  const absl::StatusOr<TaskState> state = CheckState(message);
  if (!state.ok()) return Refuse(state.status());
  introduction_.reset();
  expects_ = Expects::kEvents;
  phase_ = state->phase;
  handler_.OnState(key_, std::exchange(attach_, {}), *state);
}

void Session::OnEvent(const lifecycle::v1::Event& event) {
  const absl::StatusOr<TaskState> state = CheckEvent(event, phase_);
  if (!state.ok()) return Refuse(state.status());
  if (event.seq() <= last_seq_) {
    return Refuse(absl::InvalidArgumentError(
        absl::StrCat("event ", event.seq(), " came after event ", last_seq_)));
  }
  last_seq_ = event.seq();
  phase_ = state->phase;
  handler_.OnPhase(key_, *state, DeadlineOf(event),
                   [weak = std::weak_ptr<Session*>(self_), seq = event.seq()](Reply reply) {
                     if (const auto self = weak.lock()) (*self)->Answer(seq, std::move(reply));
                   });
}

void Session::OnGoodbye() {
  tasks_.Left(key_, this, /*terminated=*/phase_ == lifecycle::v1::TERMINATED);
  End(absl::OkStatus());
}

void Session::Answer(uint64_t seq, Reply reply) {
  if (expects_ == Expects::kNothing) return;
  SidecarMessage message;
  message.mutable_answer()->set_seq(seq);
  message.mutable_answer()->set_outcome(reply.outcome);
  message.mutable_answer()->set_message(Printable(reply.message, kMaxMessage));
  for (auto& [name, value] : reply.environment) {
    lifecycle::v1::EnvironmentVariable* const variable =
        message.mutable_answer()->add_environment();
    variable->set_name(std::move(name));
    variable->set_value(std::move(value));
  }
  if (reply.hold > absl::ZeroDuration()) {
    const int64_t nanoseconds = absl::ToInt64Nanoseconds(reply.hold);
    message.mutable_answer()->mutable_hold()->set_seconds(nanoseconds / 1'000'000'000);
    message.mutable_answer()->mutable_hold()->set_nanos(nanoseconds % 1'000'000'000);
  }
  writer_->Write(message);
}

void Session::Closed() { Break(absl::OkStatus()); }

void Session::Dismiss(absl::Status why) { End(std::move(why)); }

void Session::Break(absl::Status why) {
  if (expects_ == Expects::kNothing) return;
  End(std::move(why));
  tasks_.Broken(key_, this);
}

void Session::Refuse(absl::Status why) {
  LOG(WARNING) << "a stream of uid " << peer_->uid() << " is refused: " << why.message();
  Break(std::move(why));
}

void Session::End(absl::Status status) {
  if (std::exchange(expects_, Expects::kNothing) == Expects::kNothing) return;
  introduction_.reset();
  writer_->End(std::move(status));
}

}  // namespace mesos_executor::sidecar
