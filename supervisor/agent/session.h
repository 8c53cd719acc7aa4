// What an executor says to its agent, and when: subscribing, surviving outages, and handing over
// status updates.
#ifndef SUPERVISOR_AGENT_SESSION_H_
#define SUPERVISOR_AGENT_SESSION_H_

#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "protos/mesos/v1/executor.pb.h"
#include "supervisor/agent/agent_settings.h"
#include "supervisor/agent/http_answer.h"
#include "supervisor/agent/resubscription.h"
#include "supervisor/agent/update_queue.h"

namespace mesos_executor::agent {

// Pure: inputs are method calls with the time, outputs the actions that they return, to be carried
// out in order.
//
//   idle ── Start ──> subscribing ── SUBSCRIBED ──> subscribed
//                      │      ^                      │
//                      │      └── backoff over       │ stream broke, ERROR, a record that is no
//                      event, v           │                 │ an UPDATE that nobody answered
//                      (checkpointing only)
//                    waiting ──────┴─────────────────┘
//   any ── outage too long, agent has forgotten us, not checkpointed and connection lost, SHUTDOWN
//   and then the stream's end ──> ended
//
// A frozen agent breaks no connection. So one that was silent for a minute, and isn't being sent an
// update anyway, is sent a HEARTBEAT, which agents answer at once (slave/http.cpp; the old ones
// with a refusal): any answer will do. None in time breaks the subscription, where we checkpoint
// and are not shut down; elsewhere it would cost the task, or its last update, and waiting for the
// agent costs nothing.
//
// A subscription counts from the event SUBSCRIBED, not from the answer 200. What the agent sent
// while the stream was down is lost for good: it repeats no event. SHUTDOWN may be the only event
// of a stream (slave.cpp, Slave::subscribe).
class Session {
 public:
  // SUBSCRIBE on a new connection, whose answer is the stream of events. There is no other stream
  // then.
  struct OpenStream {
    mesos::v1::executor::Call call;
  };
  // An UPDATE or a HEARTBEAT on the other connection. Only one is under way.
  struct PostCall {
    mesos::v1::executor::Call call;
  };
  // Drop both connections; nothing more is to be heard of them.
  struct Disconnect {};
  // For the observer. `Event` may be any but ACKNOWLEDGED, ERROR and HEARTBEAT, with its payload.
  struct DeliverEvent {
    mesos::v1::executor::Event event;
  };
  struct DeliverAcknowledged {
    mesos::v1::TaskStatus status;
  };
  struct DeliverRefused {
    mesos::v1::TaskStatus status;
    absl::Status why;
  };
  struct DeliverAllSettled {
    bool terminal_refused = false;
  };
  struct DeliverDisconnected {
    absl::Status why;
  };
  struct DeliverLost {
    absl::Status why;
  };
  using Action = std::variant<OpenStream, PostCall, Disconnect, DeliverEvent, DeliverAcknowledged,
                              DeliverRefused, DeliverAllSettled, DeliverDisconnected, DeliverLost>;
  using Actions = std::vector<Action>;

  static constexpr absl::Duration kHeartbeatInterval = absl::Minutes(1);

  Session(const AgentSettings& settings, RandomBits random);

  Actions Start(absl::Time now);

  // Queues an update; fills what the agent demands (AgentClient::Send). Also before the
  // subscription, also after it ended.
  Actions Send(mesos::v1::TaskStatus status, absl::Time now);

  // The answer of an agent that has forgotten us, or of one that never knew us.
  static bool SaysForgotten(const HttpAnswer& answer);

  // SUBSCRIBE was answered with another code than 200; the connection is closed. `last_route`:
  // there is no other to ask, so that the agent may be believed to have forgotten us.
  Actions OnRefused(const HttpAnswer& answer, bool last_route, absl::Time now);
  // A record of the stream: an event, or why it is none.
  Actions OnEvent(absl::StatusOr<mesos::v1::executor::Event> event, absl::Time now);
  // The stream ended, or never came about.
  Actions OnStreamClosed(absl::Status why, absl::Time now);
  // The call of PostCall was answered, or wasn't.
  Actions OnCallAnswered(const absl::StatusOr<HttpAnswer>& answer, absl::Time now);
  // The time is next_tick(), or later.
  Actions OnTick(absl::Time now);

  absl::Time next_tick() const;
  bool all_settled() const { return updates_.empty(); }

 private:
  enum class State { kIdle, kWaiting, kSubscribing, kSubscribed, kEnded };

  void Subscribe(absl::Time now);
  void Handle(mesos::v1::executor::Event event, absl::Time now);
  void Fail(Resubscription::Failure failure, absl::Status why, absl::Time now);
  void End(absl::Status why);
  // What the call under way led to, for an update and a heartbeat.
  void UpdateAnswered(const absl::StatusOr<HttpAnswer>& answer, absl::Time now);
  void HeartbeatAnswered(const absl::StatusOr<HttpAnswer>& answer, absl::Time now);
  void CallFailed(Resubscription::Failure failure, absl::Status why, absl::Time now);
  void HandleAnswer(const HttpAnswer& answer, absl::Time now);
  void NotSubscribed(const HttpAnswer& answer, absl::Time now);
  void DropCall(const HttpAnswer& answer);
  void DeliverIfSettled();
  // Posts the next call, if there is one and it may. Returns the actions so far.
  Actions Finish(absl::Time now);
  mesos::v1::executor::Call NewCall(mesos::v1::executor::Call::Type type) const;
  bool calling() const { return heartbeat_posted_ || !posted_.empty(); }

  const std::string framework_id_;
  const std::string executor_id_;
  const bool checkpoint_;
  Resubscription resubscription_;
  UpdateQueue updates_;

  State state_ = State::kIdle;
  // kWaiting: when to subscribe. kSubscribing: when to give the attempt up.
  absl::Time next_ = absl::InfiniteFuture();
  // Told of this outage already.
  bool disconnected_ = false;
  bool shut_down_ = false;
  // A terminal update was refused for good.
  bool terminal_refused_ = false;
  // The UUID of the update under way, or "".
  std::string posted_;
  // The agent was heard of a minute before.
  absl::Time heartbeat_at_ = absl::InfiniteFuture();
  bool heartbeat_posted_ = false;
  Actions actions_;
};

}  // namespace mesos_executor::agent

#endif  // SUPERVISOR_AGENT_SESSION_H_
