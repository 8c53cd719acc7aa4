#include "integration/dev_agent/executor_stream.h"

#include <utility>

#include "absl/time/clock.h"
#include "protos/mesos/v1/mesos_json.h"

namespace mesos_executor::dev_agent {

using mesos::v1::executor::Event;

void ExecutorStream::Open(std::shared_ptr<Exchange> exchange, MediaType type) {
  End("replaced by a newer one");
  exchange_ = std::move(exchange);
  type_ = type;
  exchange_->BeginStream(StreamHead(type_, absl::Now()),
                         [this](absl::string_view how) { OnGone(how); });
  ScheduleHeartbeat();
}

void ExecutorStream::Send(const Event& event) {
  if (withhold_ && event.type() == Event::ACKNOWLEDGED) {
    withheld_.push_back(event);
  } else {
    SendNow(event);
  }
}

void ExecutorStream::SendNow(const Event& event) {
  log_->Add({.kind = exchange_ ? AgentEvent::kEventSent : AgentEvent::kEventLost, .event = event});
  if (!exchange_) return;
  // Held here too: the write may be the one at which the stream breaks.
  const auto exchange = exchange_;
  exchange->Write(
      EventChunk(type_ == MediaType::kJson ? PrintMesosJson(event) : event.SerializeAsString()));
}

void ExecutorStream::Withhold(bool withhold) {
  withhold_ = withhold;
  for (; !withhold_ && !withheld_.empty(); withheld_.pop_front()) SendNow(withheld_.front());
}

void ExecutorStream::ScheduleHeartbeat() {
  next_heartbeat_ = loop_->After(heartbeat_, [this] {
    Event event;
    event.set_type(Event::HEARTBEAT);
    const auto timer = std::move(next_heartbeat_);
    SendNow(event);
    if (exchange_) ScheduleHeartbeat();
  });
}

void ExecutorStream::End(absl::string_view why) {
  if (!exchange_) return;
  const auto exchange = std::exchange(exchange_, nullptr);
  exchange->EndStream(std::string(kLastChunk));
  OnGone(why);
}

void ExecutorStream::Break() {
  if (!exchange_) return;
  const auto exchange = std::exchange(exchange_, nullptr);
  exchange->Abort();
  OnGone("broken by the agent");
}

void ExecutorStream::Forget() { withheld_.clear(); }

void ExecutorStream::OnGone(absl::string_view how) {
  exchange_.reset();
  next_heartbeat_.reset();
  log_->Add({.kind = AgentEvent::kStreamGone, .detail = std::string(how)});
}

}  // namespace mesos_executor::dev_agent
