// The status updates that the agent hasn't acknowledged yet, in the order in which they were made.
#ifndef SUPERVISOR_AGENT_UPDATE_QUEUE_H_
#define SUPERVISOR_AGENT_UPDATE_QUEUE_H_

#include <deque>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "protos/mesos/v1/executor.pb.h"
#include "supervisor/agent/random.h"

namespace mesos_executor::agent {

// Pure. Promises: deduplicated by UUID, what the agent sees is what was added, in that order,
// whatever was repeated; nothing of a task comes after its terminal update, unless it is launched
// again.
//
// An answer 202 means only that the agent has the update in memory (slave/http.cpp); ACKNOWLEDGED
// that it will not lose it. So an update is sent until it is accepted, then waits; when the oldest
// has waited in silence for 1 s, then 2, 4, 8, 10 s, 10 s, …, all are sent again from there. That
// silence is no sign of a dead agent, which would not answer calls either: it dropped the update or
// lost our stream just then (we are told, and subscribe again), or it has forgotten the task, of
// which it forwards updates and acknowledges none (slave.cpp, Slave::_statusUpdate). So resending
// has no end here: who waits for the last acknowledgement sets the bound.
//
// At most one is sent at a time: the caller keeps to Next() until Accepted(), Delayed() or
// Refused().
class UpdateQueue {
 public:
  UpdateQueue(RandomBits random, size_t max_updates)
      : random_(std::move(random)), max_updates_(max_updates) {}

  // A LAUNCH came. Its task counts as unacknowledged until an update of it is acknowledged, or
  // its last one refused. One
  // that ended before it came (killed before its LAUNCH) may end once more.
  void AddTask(const mesos::v1::TaskInfo& task);

  // Gives `status` its UUID and queues it. False, and nothing happens, after a terminal update of
  // the same task.
  //
  // A check may flap for as long as the agent is away. Its news (TASK_RUNNING with the reason of a
  // check or a health check) replaces older news of the same task and reason that is the newest
  // update and was never sent. Where `max_updates` wait, the oldest such news that was never sent
  // is dropped for it, or it is, if there is none (logged; false). No other update ever is: their
  // number is bounded by what the agent itself asks for.
  bool Add(mesos::v1::TaskStatus status);

  // What to send now, in order; nullptr when there is nothing before next_time(). It counts as
  // sent.
  const mesos::v1::TaskStatus* Next(absl::Time now);
  absl::Time next_time() const;

  // What became of the update with that UUID. It may have been acknowledged before its request was
  // answered.
  void Accepted(const std::string& uuid, absl::Time now);
  void Delayed(absl::Time now);  // The agent can't take it yet: again in 100 ms, 200 ms, … 1 s.
  // It never will: takes the update out; nothing if it isn't here.
  std::optional<mesos::v1::TaskStatus> Refused(const std::string& uuid);

  // SUBSCRIBED came, after a SUBSCRIBE that carried all updates which were queued then: those count
  // as accepted, and what was added since is to be sent. FillSubscribe puts everything
  // unacknowledged, in order, where the agent looks for it.
  void FillSubscribe(mesos::v1::executor::Call::Subscribe& subscribe);
  void Subscribed(absl::Time now);

  // Takes out the update that was acknowledged; nothing for a UUID that isn't here (a repeated
  // acknowledgement).
  std::optional<mesos::v1::TaskStatus> Acknowledge(const std::string& uuid, absl::Time now);

  bool empty() const { return updates_.empty(); }

 private:
  struct Update {
    mesos::v1::TaskStatus status;
    // The agent may know it.
    bool sent = false;
    bool in_subscribe = false;
    bool accepted = false;
  };

  // The task counts as acknowledged.
  void Forget(const std::string& task);
  std::deque<Update>::iterator Find(const std::string& uuid);
  void RestartSilence(absl::Time now);

  const RandomBits random_;
  const size_t max_updates_;
  std::deque<mesos::v1::TaskInfo> tasks_;
  std::deque<Update> updates_;
  // Oldest first; as many as a KILL for each of a thousand unknown tasks makes.
  std::deque<std::string> ended_tasks_;
  absl::Duration silence_;
  absl::Duration delay_;
  // When the updates that wait for their acknowledgement are sent again.
  absl::Time resend_at_ = absl::InfiniteFuture();
  absl::Time delayed_until_ = absl::InfinitePast();
};

}  // namespace mesos_executor::agent

#endif  // SUPERVISOR_AGENT_UPDATE_QUEUE_H_
