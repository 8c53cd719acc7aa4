#include "supervisor/lifecycle/sidecar_link.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace mesos_executor::lifecycle {
namespace {

// A socket accepts connections even when nobody behind it is awake.
constexpr absl::Duration kAttachTimeout = absl::Seconds(5);
// No lease may run out while a daemon is back.
constexpr absl::Duration kLongestHostDelay = absl::Seconds(2);
// A private one that dies at once, again and again, must not burn the host's CPU.
constexpr absl::Duration kLongestPrivateDelay = absl::Seconds(30);

}  // namespace

SidecarLink::SidecarLink(EventLoop* loop, Mode mode, std::unique_ptr<Connector> connector,
                         Session session, Listener* listener)
    : loop_(loop),
      mode_(mode),
      connector_(std::move(connector)),
      listener_(listener),
      session_(std::move(session)),
      reconnection_(mode == Mode::kHost ? kLongestHostDelay : kLongestPrivateDelay),
      timer_(loop_->After(absl::ZeroDuration(), [this] { Connect(); })) {}

void SidecarLink::Connect() {
  timer_.reset();
  auto stream = connector_->Connect(this);
  if (!stream.ok()) {
    Lost(std::string(stream.status().message()));
    return;
  }
  stream_ = *std::move(stream);
  timer_ = loop_->After(kAttachTimeout, [this] {
    Lost(absl::StrCat("it did not accept the task within ", absl::FormatDuration(kAttachTimeout)));
  });
  for (v1::SupervisorMessage& message : session_.Connect(loop_->Now())) Send(std::move(message));
  if (finishing_ && mode_ == Mode::kHost) SayGoodbye();
}

void SidecarLink::Ask(v1::Phase phase, v1::Health health, Wait wait) {
  Send(session_.NewEvent(phase, health, wait, loop_->Now()));
}

void SidecarLink::Finish(v1::Health health, absl::Duration bound) {
  finishing_ = true;
  // A private one is worth a short wait: it ends with the task. For the same reason a PENDING isn't
  // enough.
  const Wait wait{mode_ == Mode::kPrivate ? bound : absl::ZeroDuration(), /*required=*/true};
  Send(session_.NewEvent(v1::TERMINATED, health, wait, loop_->Now()));
  if (stream_ != nullptr) {
    // After goodbye a sidecar answers no more: a private one's answer comes first.
    if (mode_ == Mode::kHost) SayGoodbye();
  } else if (down()) {
    Finished();
  } else {
    timer_.reset();
    ConnectWhenFree();
  }
}

void SidecarLink::ConnectWhenFree() {
  connector_->WhenGone(
      [this] { timer_ = loop_->After(absl::ZeroDuration(), [this] { Connect(); }); });
}

void SidecarLink::SayGoodbye() {
  v1::SupervisorMessage message;
  message.mutable_goodbye();
  Send(std::move(message));
  if (stream_ != nullptr) stream_->CloseWrites();
}

void SidecarLink::Send(v1::SupervisorMessage message) {
  if (stream_ == nullptr || stream_->Send(std::move(message))) return;
  Lost("it does not read");
}

void SidecarLink::OnMessage(v1::SidecarMessage message) {
  auto received = session_.OnMessage(std::move(message), loop_->Now());
  if (!received.ok()) {
    Lost(std::string(received.status().message()));
    return;
  }
  if (received->attached.has_value()) {
    timer_.reset();
    reconnection_.OnAttached(loop_->Now());
    listener_->OnUp(this, *received->attached);
  }
  if (!received->answer.has_value()) return;
  listener_->OnAnswer(this, received->phase, *received->answer, received->took);
  if (!finishing_ || mode_ == Mode::kHost || received->answer->outcome() == v1::Answer::PENDING)
    return;
  SayGoodbye();
  Finished();
}

void SidecarLink::OnFlushed() {
  if (mode_ == Mode::kHost) Finished();
}

void SidecarLink::OnEnded(absl::Status why) {
  Lost(why.message().empty() ? "it closed the connection" : std::string(why.message()));
}

void SidecarLink::Lost(std::string why) {
  why_ = std::move(why);
  timer_.reset();
  stream_.reset();
  const double random = std::uniform_real_distribution<double>()(random_);
  const absl::Duration delay = reconnection_.OnEnded(loop_->Now(), random);
  if (!finishing_) {
    connector_->Disconnected();
    timer_ = loop_->After(delay, [this] { ConnectWhenFree(); });
  } else {
    connector_->WhenGone([this] { Finished(); });
  }
  listener_->OnLost(this, why_);
}

void SidecarLink::Finished() {
  if (finished_ != nullptr) return;
  finished_ = loop_->After(absl::ZeroDuration(), [this] { listener_->OnFinished(this); });
}

}  // namespace mesos_executor::lifecycle
