#include "supervisor/agent/agent_client.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/time/clock.h"
#include "supervisor/agent/codec.h"
#include "supervisor/agent/http_request.h"

namespace mesos_executor::agent {

using mesos::v1::executor::Event;

AgentClient::AgentClient(AsioEventLoop* loop, AgentSettings settings, Observer* observer,
                         RandomBits random)
    : loop_(loop),
      settings_(std::move(settings)),
      observer_(observer),
      session_(settings_, std::move(random)),
      calls_(
          loop, [this] { return NewAgentSocket(loop_, settings_.endpoint); },
          settings_.http_timeout) {}

void AgentClient::Start() { Defer(session_.Start(loop_->Now())); }

void AgentClient::Send(mesos::v1::TaskStatus status) {
  if (!status.has_timestamp()) {
    status.set_timestamp(absl::ToDoubleSeconds(absl::Now() - absl::UnixEpoch()));
  }
  Defer(session_.Send(std::move(status), loop_->Now()));
}

void AgentClient::Stop() {
  stopped_ = true;
  actions_.clear();
  turn_.reset();
  timer_.reset();
  stream_.reset();
  calls_.Close();
}

void AgentClient::Events::OnRecord(std::string record) {
  const absl::Time now = client_->loop_->Now();
  client_->RunAll(client_->session_.OnEvent(ProtobufCodec::Decode(record), now));
}

void AgentClient::Events::OnRefused(HttpAnswer answer) {
  client_->RunAll(client_->session_.OnRefused(answer, client_->loop_->Now()));
}

void AgentClient::Events::OnClosed(absl::Status why) {
  const bool nonsense = absl::IsInvalidArgument(why) || absl::IsResourceExhausted(why);
  Session& session = client_->session_;
  const absl::Time now = client_->loop_->Now();
  client_->RunAll(nonsense ? session.OnEvent(std::move(why), now)
                           : session.OnStreamClosed(std::move(why), now));
}

void AgentClient::Defer(Session::Actions actions) {
  if (stopped_) return;
  for (Session::Action& action : actions) actions_.push_back(std::move(action));
  if (!running_ && turn_ == nullptr) {
    turn_ = loop_->After(absl::ZeroDuration(), [this] { RunAll({}); });
  }
}

void AgentClient::RunAll(Session::Actions actions) {
  for (Session::Action& action : actions) actions_.push_back(std::move(action));
  running_ = true;
  while (!actions_.empty()) {
    Session::Action action = std::move(actions_.front());
    actions_.pop_front();
    std::visit([this](auto& each) { Run(each); }, action);
  }
  running_ = false;
  turn_.reset();
  if (!stopped_) SetTimer();
}

void AgentClient::Run(Session::OpenStream& action) {
  const std::string body = ProtobufCodec::Encode(action.call);
  stream_ = std::make_unique<EventStream>(
      NewAgentSocket(loop_, settings_.endpoint),
      HttpRequestText(settings_, ProtobufCodec::kMediaType, body), &events_);
}

void AgentClient::Run(Session::PostCall& action) {
  const std::string body = ProtobufCodec::Encode(action.call);
  calls_.Post(HttpRequestText(settings_, ProtobufCodec::kMediaType, body),
              [this](absl::StatusOr<HttpAnswer> answer) {
                RunAll(session_.OnCallAnswered(answer, loop_->Now()));
              });
}

void AgentClient::Run(Session::Disconnect&) {
  stream_.reset();
  calls_.Close();
}

void AgentClient::Run(Session::DeliverEvent& action) {
  const Event& event = action.event;
  switch (event.type()) {
    case Event::SUBSCRIBED:
      return observer_->OnSubscribed(event.subscribed());
    case Event::LAUNCH:
      return observer_->OnLaunch(event.launch().task());
    case Event::LAUNCH_GROUP:
      return observer_->OnLaunchGroup(event.launch_group().task_group());
    case Event::KILL:
      return observer_->OnKill(event.kill());
    case Event::SHUTDOWN:
      return observer_->OnShutdown();
    case Event::MESSAGE:
      return observer_->OnMessage(event.message().data());
    case Event::ACKNOWLEDGED:
    case Event::ERROR:
    case Event::HEARTBEAT:
    case Event::UNKNOWN:
      break;  // The session keeps them.
  }
}

void AgentClient::Run(Session::DeliverAcknowledged& action) {
  observer_->OnUpdateAcknowledged(action.status);
}
void AgentClient::Run(Session::DeliverRefused& action) {
  observer_->OnUpdateRefused(action.status, action.why);
}
void AgentClient::Run(Session::DeliverAllSettled& action) {
  observer_->OnAllSettled(action.terminal_refused);
}
void AgentClient::Run(Session::DeliverDisconnected& action) {
  observer_->OnDisconnected(std::move(action.why));
}
void AgentClient::Run(Session::DeliverLost& action) { observer_->OnLost(std::move(action.why)); }

void AgentClient::SetTimer() {
  const absl::Time next = session_.next_tick();
  if (timer_ != nullptr && next == timer_at_) return;
  timer_at_ = next;
  timer_.reset();
  if (next == absl::InfiniteFuture()) return;
  timer_ = loop_->After(std::max(next - loop_->Now(), absl::ZeroDuration()), [this] {
    timer_.reset();
    RunAll(session_.OnTick(loop_->Now()));
  });
}

}  // namespace mesos_executor::agent
