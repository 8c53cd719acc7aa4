// The client of the agent's executor API: what the supervisor uses of this package.
#ifndef SUPERVISOR_AGENT_AGENT_CLIENT_H_
#define SUPERVISOR_AGENT_AGENT_CLIENT_H_

#include <deque>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "protos/mesos/v1/executor.pb.h"
#include "supervisor/agent/agent_settings.h"
#include "supervisor/agent/call_connection.h"
#include "supervisor/agent/codec.h"
#include "supervisor/agent/event_stream.h"
#include "supervisor/agent/random.h"
#include "supervisor/agent/routes.h"
#include "supervisor/agent/session.h"
#include "supervisor/event_loop/asio_event_loop.h"

namespace mesos_executor::agent {

// Subscribes, keeps subscribed through outages as long as Mesos wants it, hands over the events,
// and delivers every status update, in order. Decisions are Session's; this carries them out. Lives
// on the loop's thread; the loop and the observer must outlive it.
class AgentClient {
 public:
  // Called from the loop, never from within Start, Send or Stop. Methods may call Send and Stop,
  // but not destroy the client.
  class Observer {
   public:
    virtual ~Observer() = default;

    // Subscribed, for the first time or again.
    virtual void OnSubscribed(const mesos::v1::executor::Event::Subscribed& subscribed) = 0;
    virtual void OnLaunch(const mesos::v1::TaskInfo& task) = 0;
    virtual void OnLaunchGroup(const mesos::v1::TaskGroupInfo& group) = 0;
    // May come again, and for tasks that never were.
    virtual void OnKill(const mesos::v1::executor::Event::Kill& kill) = 0;
    // May be the first event, without OnSubscribed; then OnLost comes soon, as the agent closes the
    // stream.
    virtual void OnShutdown() = 0;
    virtual void OnMessage(const std::string& data) = 0;

    // The agent will not lose this update; once for each.
    virtual void OnUpdateAcknowledged(const mesos::v1::TaskStatus& status) = 0;
    // A bug of ours: the agent calls this update malformed and will never take it. It is lost.
    virtual void OnUpdateRefused(const mesos::v1::TaskStatus& status, const absl::Status& why) = 0;
    // After either of them: none is left, for now. `terminal_refused`: a task's end is among those
    // that were refused, ever; the agent learns of it only from the exit of this executor, which
    // should not look like a good end.
    virtual void OnAllSettled(bool terminal_refused) = 0;

    // Once each outage, at its start (also when the first attempt fails). The client reconnects by
    // itself. Until OnSubscribed nothing is acknowledged, and what the agent sends is lost.
    virtual void OnDisconnected(absl::Status why) = 0;
    // Once, and the last: there will be no agent any more, and no update can be delivered. The task
    // should be ended. Cancelled: after OnShutdown, as expected. Other codes: the outage lasted too
    // long, nothing is checkpointed, or the agent has forgotten this executor.
    virtual void OnLost(absl::Status why) = 0;
  };

  AgentClient(AsioEventLoop* loop, AgentSettings settings, Observer* observer,
              RandomBits random = SystemRandomBits);
  AgentClient(const AgentClient&) = delete;
  AgentClient& operator=(const AgentClient&) = delete;

  // Connects at once. Before anything else; once.
  void Start();

  // Queues a status update. Sets uuid, source, executor_id, and the timestamp if there is none.
  // Nothing is sent of a task after its terminal update (logged). Also before the subscription.
  void Send(mesos::v1::TaskStatus status);

  // Closes the connections. Nothing more is sent, and the observer is not called again.
  void Stop();

 private:
  // What the event stream tells.
  class Events final : public EventStream::Observer {
   public:
    explicit Events(AgentClient* client) : client_(client) {}
    void OnRecord(std::string record) override;
    void OnRefused(HttpAnswer answer) override;
    void OnClosed(absl::Status why) override;

   private:
    AgentClient* const client_;
  };

  // Carries the actions out, after those that wait, and sets the timer.
  void RunAll(Session::Actions actions);
  // The same at the loop's next turn, or in the one that is running: for calls from outside.
  void Defer(Session::Actions actions);
  void Run(Session::OpenStream& action);
  void Run(Session::PostCall& action);
  void Run(Session::Disconnect& action);
  void Run(Session::DeliverEvent& action);
  void Run(Session::DeliverAcknowledged& action);
  void Run(Session::DeliverRefused& action);
  void Run(Session::DeliverAllSettled& action);
  void Run(Session::DeliverDisconnected& action);
  void Run(Session::DeliverLost& action);
  void SetTimer();

  std::unique_ptr<AgentSocket> NewSocket();
  std::string RequestOf(absl::string_view body) const;
  // SUBSCRIBE over the present route.
  void OpenStream();
  // There was no connection: true if there is another way, which is now tried.
  bool TakeOtherRoute(const absl::Status& why);

  AsioEventLoop* const loop_;
  const AgentSettings settings_;
  Observer* const observer_;
  const Codec codec_;
  Session session_;
  Routes routes_;
  CallConnection calls_;
  Events events_{this};
  std::unique_ptr<EventStream> stream_;
  // The attempt to subscribe: its call, and whether our agent answered it.
  std::string subscribe_;
  bool answered_ = false;
  // Ends the turn of a route that was no good before, inside the agent's window.
  std::unique_ptr<Pending> leg_;
  // That a route is no good is said once an outage.
  bool detour_told_ = false;
  std::deque<Session::Action> actions_;
  std::unique_ptr<Pending> turn_;
  std::unique_ptr<Pending> timer_;
  absl::Time timer_at_ = absl::InfiniteFuture();
  bool running_ = false;
  bool stopped_ = false;
};

}  // namespace mesos_executor::agent

#endif  // SUPERVISOR_AGENT_AGENT_CLIENT_H_
