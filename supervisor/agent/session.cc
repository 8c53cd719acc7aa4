#include "supervisor/agent/session.h"

#include <glog/logging.h>

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "supervisor/agent/event_payload.h"
#include "supervisor/base/task_state.h"

namespace mesos_executor::agent {
namespace {

using mesos::v1::TaskStatus;
using mesos::v1::executor::Call;
using mesos::v1::executor::Event;
using Failure = Resubscription::Failure;

// The two texts of slave/http.cpp for an agent that has forgotten us; other 400s are complaints
// about the call.
bool CannotBeFound(const HttpAnswer& answer) {
  return answer.code == 400 && absl::StrContains(answer.body, "cannot be found");
}

absl::Status Refusal(absl::string_view call, const HttpAnswer& answer) {
  return absl::UnavailableError(absl::StrCat("the agent answered ", call, " with ", answer.code,
                                             " \"", absl::CHexEscape(answer.body), "\""));
}

}  // namespace

Session::Session(const AgentSettings& settings, RandomBits random)
    : framework_id_(settings.framework_id),
      executor_id_(settings.executor_id),
      checkpoint_(settings.checkpoint),
      resubscription_({.checkpoint = settings.checkpoint,
                       .recovery_timeout = settings.recovery_timeout,
                       .backoff_max = settings.subscription_backoff_max,
                       .http_timeout = settings.http_timeout,
                       .shortest_attempt = settings.shortest_attempt},
                      random),
      updates_(random, settings.update_buffer_size) {}

Session::Actions Session::Start(absl::Time now) {
  CHECK(state_ == State::kIdle) << "started twice";
  resubscription_.Start(now);
  Subscribe(now);
  return Finish(now);
}

Session::Actions Session::Send(TaskStatus status, absl::Time now) {
  status.set_source(TaskStatus::SOURCE_EXECUTOR);
  status.mutable_executor_id()->set_value(executor_id_);
  updates_.Add(std::move(status));
  return Finish(now);
}

bool Session::SaysForgotten(const HttpAnswer& answer) {
  // 403 to SUBSCRIBE: the claims of our token belong to another run.
  return CannotBeFound(answer) || answer.code == 403;
}

Session::Actions Session::OnRefused(const HttpAnswer& answer, bool last_route, absl::Time now) {
  const bool refused = last_route && SaysForgotten(answer);
  Fail(refused ? Failure::kRefused : Failure::kAnswered, Refusal("SUBSCRIBE", answer), now);
  return Finish(now);
}

Session::Actions Session::OnEvent(absl::StatusOr<Event> event, absl::Time now) {
  heartbeat_at_ = now + kHeartbeatInterval;
  if (!event.ok()) {
    Fail(Failure::kAnswered, event.status(), now);
  } else if (absl::Status complete = CheckPayload(*event); !complete.ok()) {
    Fail(Failure::kAnswered, std::move(complete), now);
  } else {
    Handle(*std::move(event), now);
  }
  return Finish(now);
}

Session::Actions Session::OnStreamClosed(absl::Status why, absl::Time now) {
  Fail(Failure::kGone, std::move(why), now);
  return Finish(now);
}

Session::Actions Session::OnCallAnswered(const absl::StatusOr<HttpAnswer>& answer, absl::Time now) {
  heartbeat_at_ = now + kHeartbeatInterval;
  if (std::exchange(heartbeat_posted_, false)) {
    HeartbeatAnswered(answer, now);
  } else {
    UpdateAnswered(answer, now);
  }
  return Finish(now);
}

void Session::UpdateAnswered(const absl::StatusOr<HttpAnswer>& answer, absl::Time now) {
  if (answer.ok()) {
    HandleAnswer(*answer, now);
  } else {
    CallFailed(Failure::kGone, answer.status(), now);
  }
  posted_.clear();
}

void Session::HeartbeatAnswered(const absl::StatusOr<HttpAnswer>& answer, absl::Time now) {
  if (!answer.ok()) CallFailed(Failure::kGone, answer.status(), now);
}

void Session::CallFailed(Failure failure, absl::Status why, absl::Time now) {
  // Whatever happened to the agent, subscribing again is safe, and hands over all updates.
  if (checkpoint_ && !shut_down_) return Fail(failure, std::move(why), now);
  // The end of the stream would be the end of all; a call is no reason to bring it about.
  VLOG(1) << "A call failed: " << why;
  updates_.Delayed(now);
}

Session::Actions Session::OnTick(absl::Time now) {
  if (state_ == State::kWaiting || state_ == State::kSubscribing) {
    if (now >= resubscription_.deadline()) {
      Fail(Failure::kGone, absl::DeadlineExceededError("the agent is unreachable"), now);
    } else if (now >= next_) {
      if (state_ == State::kWaiting) {
        Subscribe(now);
      } else {
        Fail(Failure::kSilent, absl::DeadlineExceededError("no answer to SUBSCRIBE in time"), now);
      }
    }
  }
  return Finish(now);
}

absl::Time Session::next_tick() const {
  switch (state_) {
    case State::kWaiting:
    case State::kSubscribing:
      return std::min(next_, resubscription_.deadline());
    case State::kSubscribed:
      return calling() ? absl::InfiniteFuture() : std::min(updates_.next_time(), heartbeat_at_);
    case State::kIdle:
    case State::kEnded:
      break;
  }
  return absl::InfiniteFuture();
}

void Session::Subscribe(absl::Time now) {
  state_ = State::kSubscribing;
  next_ = now + resubscription_.attempt_timeout();
  Call call = NewCall(Call::SUBSCRIBE);
  updates_.FillSubscribe(*call.mutable_subscribe());
  actions_.push_back(OpenStream{std::move(call)});
}

void Session::Handle(Event event, absl::Time now) {
  switch (event.type()) {
    case Event::SUBSCRIBED:
      state_ = State::kSubscribed;
      disconnected_ = false;
      resubscription_.Subscribed(now);
      updates_.Subscribed(now);
      break;
    case Event::ACKNOWLEDGED: {
      auto status = updates_.Acknowledge(event.acknowledged().uuid(), now);
      if (!status) return;  // A repeated acknowledgement.
      actions_.push_back(DeliverAcknowledged{*std::move(status)});
      DeliverIfSettled();
      return;
    }
    case Event::ERROR:
      return Fail(Failure::kAnswered,
                  absl::AbortedError(
                      absl::StrCat("the agent sent ERROR \"",
                                   absl::CHexEscape(event.error().message().substr(0, 200)), "\"")),
                  now);
    case Event::SHUTDOWN:
      shut_down_ = true;
      // It may be all that comes: wait for the stream's end, not for SUBSCRIBED.
      next_ = absl::InfiniteFuture();
      break;
    case Event::LAUNCH:
      updates_.AddTask(event.launch().task());
      break;
    case Event::LAUNCH_GROUP:
      for (const auto& task : event.launch_group().task_group().tasks()) updates_.AddTask(task);
      break;
    case Event::KILL:
    case Event::MESSAGE:
      break;
    case Event::HEARTBEAT:
      return;
    case Event::UNKNOWN:
      VLOG(1) << "The agent sent an event of a type that we don't know";
      return;
  }
  actions_.push_back(DeliverEvent{std::move(event)});
}

void Session::Fail(Failure failure, absl::Status why, absl::Time now) {
  if (state_ == State::kEnded) return;
  posted_.clear();
  heartbeat_posted_ = false;
  actions_.push_back(Disconnect{});
  if (!std::exchange(disconnected_, true)) actions_.push_back(DeliverDisconnected{why});
  VLOG(1) << "Not subscribed: " << why;
  if (shut_down_)
    return End(absl::CancelledError("the agent told us to shut down and closed the connection"));
  if (const auto retry = resubscription_.Failed(failure, now, why)) {
    state_ = State::kWaiting;
    next_ = *retry;
  } else {
    End(why);
  }
}

void Session::End(absl::Status why) {
  state_ = State::kEnded;
  actions_.push_back(DeliverLost{std::move(why)});
}

void Session::HandleAnswer(const HttpAnswer& answer, absl::Time now) {
  switch (answer.code) {
    case 200:
    case 202:
      return updates_.Accepted(posted_, now);
    case 401:
    case 403:
      // The agent was restarted and waits for SUBSCRIBE, which also tells whether our token is the
      // matter.
      return NotSubscribed(answer, now);
    case 400:
      return CannotBeFound(answer) ? NotSubscribed(answer, now) : DropCall(answer);
    case 405:
    case 406:
    case 413:
    case 415:
    case 501:
      return DropCall(answer);
    default:
      // 503: the agent still recovers (slave/http.cpp); 404: it hasn't opened its routes. The
      // others are nobody's promise, and an agent that fails may have lost us.
      if (answer.code >= 500 && answer.code != 503) {
        return CallFailed(Failure::kAnswered, Refusal("UPDATE", answer), now);
      }
      VLOG(1) << Refusal("UPDATE", answer);
      return updates_.Delayed(now);
  }
}

void Session::NotSubscribed(const HttpAnswer& answer, absl::Time now) {
  // Told to shut down, we can't subscribe again: it may yet be taken while the stream lives.
  if (shut_down_) return updates_.Delayed(now);
  Fail(Failure::kAnswered, Refusal("UPDATE", answer), now);
}

void Session::DropCall(const HttpAnswer& answer) {
  auto status = updates_.Refused(posted_);
  if (!status) return;  // Acknowledged meanwhile.
  terminal_refused_ |= IsTerminal(status->state());
  actions_.push_back(DeliverRefused{*std::move(status), Refusal("UPDATE", answer)});
  DeliverIfSettled();
}

void Session::DeliverIfSettled() {
  if (updates_.empty()) actions_.push_back(DeliverAllSettled{terminal_refused_});
}

Session::Actions Session::Finish(absl::Time now) {
  if (state_ == State::kSubscribed && !calling()) {
    if (const TaskStatus* const status = updates_.Next(now)) {
      posted_ = status->uuid();
      Call call = NewCall(Call::UPDATE);
      *call.mutable_update()->mutable_status() = *status;
      actions_.push_back(PostCall{std::move(call)});
    } else if (now >= heartbeat_at_) {
      heartbeat_posted_ = true;
      actions_.push_back(PostCall{NewCall(Call::HEARTBEAT)});
    }
  }
  return std::exchange(actions_, {});
}

Call Session::NewCall(Call::Type type) const {
  Call call;
  call.set_type(type);
  call.mutable_framework_id()->set_value(framework_id_);
  call.mutable_executor_id()->set_value(executor_id_);
  return call;
}

}  // namespace mesos_executor::agent
