#include "supervisor/agent/agent_client.h"

#include <glog/logging.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/time/clock.h"
#include "supervisor/agent/agent_socket.h"
#include "supervisor/agent/http_request.h"
#include "supervisor/agent/local_agent_socket.h"

namespace mesos_executor::agent {

using mesos::v1::executor::Event;

AgentClient::AgentClient(AsioEventLoop* loop, AgentSettings settings, Observer* observer,
                         RandomBits random)
    : loop_(loop),
      settings_(std::move(settings)),
      observer_(observer),
      codec_(settings_.json ? CodecOf<JsonCodec>() : CodecOf<ProtobufCodec>()),
      session_(settings_, std::move(random)),
      routes_(settings_),
      calls_(
          loop, [this] { return NewSocket(); }, settings_.http_timeout) {}

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
  leg_.reset();
  stream_.reset();
  calls_.Close();
}

void AgentClient::Events::OnRecord(std::string record) {
  const absl::Time now = client_->loop_->Now();
  client_->answered_ = true;
  client_->leg_.reset();
  client_->RunAll(client_->session_.OnEvent(client_->codec_.decode(record), now));
}

void AgentClient::Events::OnRefused(HttpAnswer answer) {
  const bool last_route = client_->routes_.last();
  client_->answered_ = last_route || !Session::SaysForgotten(answer);
  if (client_->answered_) client_->routes_.Answered();
  client_->RunAll(client_->session_.OnRefused(answer, last_route, client_->loop_->Now()));
}

void AgentClient::Events::OnClosed(absl::Status why) {
  if (!client_->stream_->connected() && client_->TakeOtherRoute(why)) return;
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
  subscribe_ = codec_.encode(action.call);
  answered_ = false;
  routes_.BeginAttempt();
  OpenStream();
}

void AgentClient::OpenStream() {
  stream_ = std::make_unique<EventStream>(NewSocket(), RequestOf(subscribe_), &events_);
  leg_.reset();
  if (!routes_.doubtful()) return;
  leg_ = loop_->After(settings_.subscription_backoff_max / 4,
                      [this] { TakeOtherRoute(absl::DeadlineExceededError("it is silent")); });
}

bool AgentClient::TakeOtherRoute(const absl::Status& why) {
  const std::string route = EndpointName(routes_.current().endpoint);
  if (!routes_.NextOfAttempt()) return false;
  if (!std::exchange(detour_told_, true)) {
    LOG(WARNING) << "No way to the agent by " << route << " (" << why.message() << "): trying "
                 << EndpointName(routes_.current().endpoint);
  }
  OpenStream();
  return true;
}

std::unique_ptr<AgentSocket> AgentClient::NewSocket() {
  const Endpoint& endpoint = routes_.current().endpoint;
  if (const auto* const local = std::get_if<UnixEndpoint>(&endpoint)) {
    return NewLocalAgentSocket(loop_, local->path);
  }
  return NewAgentSocket(loop_, endpoint, settings_.tls);
}

std::string AgentClient::RequestOf(absl::string_view body) const {
  return HttpRequestText(settings_, routes_.current().path, codec_.media_type, body);
}

void AgentClient::Run(Session::PostCall& action) {
  calls_.Post(RequestOf(codec_.encode(action.call)), [this](absl::StatusOr<HttpAnswer> answer) {
    RunAll(session_.OnCallAnswered(answer, loop_->Now()));
  });
}

void AgentClient::Run(Session::Disconnect&) {
  if (!answered_) routes_.NoGood();
  leg_.reset();
  stream_.reset();
  calls_.Close();
}

void AgentClient::Run(Session::DeliverEvent& action) {
  const Event& event = action.event;
  switch (event.type()) {
    case Event::SUBSCRIBED:
      LOG(INFO) << "The agent is reached by " << EndpointName(routes_.current().endpoint);
      detour_told_ = false;
      routes_.Subscribed();
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
