// The executor's event stream, if it has one: what is put on it, kept back from it, and lost.
#ifndef INTEGRATION_DEV_AGENT_EXECUTOR_STREAM_H_
#define INTEGRATION_DEV_AGENT_EXECUTOR_STREAM_H_

#include <deque>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "integration/dev_agent/event_log.h"
#include "integration/dev_agent/exchange.h"
#include "integration/dev_agent/http_text.h"
#include "protos/mesos/v1/executor.pb.h"
#include "supervisor/event_loop/event_loop.h"

namespace mesos_executor::dev_agent {

// Lives on the loop's thread; both outlive it.
class ExecutorStream {
 public:
  // Sends a HEARTBEAT after each `heartbeat` of a stream.
  ExecutorStream(EventLoop* loop, EventLog* log, absl::Duration heartbeat)
      : loop_(loop), log_(log), heartbeat_(heartbeat) {}

  // The answer to a SUBSCRIBE; the stream before it ends properly.
  void Open(std::shared_ptr<Exchange> exchange, MediaType type);

  // Without a stream, the event is lost.
  void Send(const mesos::v1::executor::Event& event);
  // While acknowledgements are withheld, they wait; those that wait are sent, in order, when
  // that ends.
  void Withhold(bool withhold);

  // With a last chunk, or without. No stream: nothing.
  void End(absl::string_view why);
  void Break();
  // The agent has died: what was withheld will never be sent.
  void Forget();

 private:
  void SendNow(const mesos::v1::executor::Event& event);
  void ScheduleHeartbeat();
  void OnGone(absl::string_view how);

  EventLoop* const loop_;
  EventLog* const log_;
  const absl::Duration heartbeat_;
  std::shared_ptr<Exchange> exchange_;
  MediaType type_ = MediaType::kJson;
  std::unique_ptr<Pending> next_heartbeat_;
  bool withhold_ = false;
  std::deque<mesos::v1::executor::Event> withheld_;
};

}  // namespace mesos_executor::dev_agent

#endif  // INTEGRATION_DEV_AGENT_EXECUTOR_STREAM_H_
