// The heart of the supervisor: the life of one task as a state machine. Pure: no I/O, no clock of
// its own.
//
//   Idle ──LAUNCH──> Preparing ──before-start──> Starting ──exec──> Running
//                        │                          │                  │ main exited ──────────┐
//                        │                          └── KILL, SHUTDOWN, health, failure ──┐    │
//                        │ (nothing runs yet)                                             v    │
//                        │                       Holding <──hold── Draining (before-terminate) │
//                        │                          │                                     │    │
//                        │                          └──────────> Terminating (SIGTERM) <──┴────┘
//                        │                                             │ grace period
//                        v                                             v
//   Done <──acknowledged, flushed── Reporting <──tree gone──────── Killing (SIGKILL)
//
// The tree may be gone in any state from Starting on: Reporting is next. The first cause of the end
// decides the terminal state: what ends by itself is FINISHED or FAILED, what is killed is KILLED
// whatever its exit code, and what is killed for its health or for a required sidecar is FAILED. A
// later KILL or SHUTDOWN only makes the end come sooner.
#ifndef SUPERVISOR_TASK_TASK_MACHINE_H_
#define SUPERVISOR_TASK_TASK_MACHINE_H_

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "supervisor/task/action.h"
#include "supervisor/task/input.h"

namespace mesos_executor::task {

struct Limits {
  // Between SIGTERM and SIGKILL where neither KILL nor TaskInfo says (the seed's default).
  absl::Duration kill_grace = absl::Seconds(5);
  // From SHUTDOWN until the agent destroys the container.
  absl::Duration shutdown_grace = absl::Seconds(5);
  // Between SIGTERM and SIGKILL for what the main process left behind.
  absl::Duration leftover_grace = absl::Seconds(1);
  // The longest hold before SIGTERM that a sidecar may ask for.
  absl::Duration hold = absl::Minutes(1);
  // Past this after SIGKILL, processes are taken for unkillable.
  absl::Duration unkillable = absl::Seconds(10);
  // An executor that is launched nothing for so long leaves.
  absl::Duration idle = absl::Minutes(5);
  // For the acknowledgement of the last update. A resent terminal update may never be acknowledged
  // (slave.cpp: "Ignoring sending acknowledgement ... of unknown executor").
  absl::Duration acknowledgement = absl::Seconds(60);
  // For the sidecars to undo.
  absl::Duration flush = absl::Seconds(2);
};

class TaskMachine {
 public:
  enum class State {
    kIdle,
    kPreparing,
    kStarting,
    kRunning,
    kDraining,
    kHolding,
    kTerminating,
    kKilling,
    kReporting,
    kDone,
  };

  TaskMachine(const Limits& limits, absl::Time now);

  // Takes in what happened and says what is to be done, in order. An input that has no meaning in
  // the present state changes nothing.
  std::vector<Action> Handle(const Input& input, absl::Time now);

  // When Handle(DeadlineReached) is due; InfiniteFuture for never. Changes with each Handle.
  absl::Time deadline() const { return deadline_; }

  State state() const { return state_; }

 private:
  // Why the task ends: the first cause stays.
  enum class Cause { kNone, kExited, kKilled, kUnhealthy, kFailed };

  void On(const Subscribed& input, absl::Time now);
  void On(const Disconnected& input, absl::Time now);
  void On(const Launch& input, absl::Time now);
  void On(const LaunchGroup& input, absl::Time now);
  void On(const Kill& input, absl::Time now);
  void On(const Shutdown& input, absl::Time now);
  void On(const AgentLost& input, absl::Time now);
  void On(const AllAcknowledged& input, absl::Time now);
  void On(const PhaseDone& input, absl::Time now);
  void On(const Flushed& input, absl::Time now);
  void On(const Started& input, absl::Time now);
  void On(const LaunchFailed& input, absl::Time now);
  void On(const MainExited& input, absl::Time now);
  void On(const ShimDied& input, absl::Time now);
  void On(const TreeGone& input, absl::Time now);
  void On(const BecameHealthy& input, absl::Time now);
  void On(const FailedCheck& input, absl::Time now);
  void On(const DeadlineReached& input, absl::Time now);

  // KILL, SHUTDOWN or a lost agent, in any state; `grace` and shutdown_by_ only ever shorten an end
  // that has begun.
  void End(Cause cause, std::string why, absl::Duration grace, absl::Time now);
  // The steps of an end, in order.
  void Drain(absl::Time now);
  void Terminate(absl::Duration grace, absl::Time now);
  void KillAll(absl::Time now);
  void Report(absl::Time now);
  void LeaveIfReported();
  void Leave(int code, std::string why);

  void SetCause(Cause cause, std::string why);
  void Update(mesos::v1::TaskState state, std::string message,
              std::optional<mesos::v1::TaskStatus::Reason> reason = std::nullopt);
  // What was asked of this executor about another task.
  void Refuse(const std::string& task_id, mesos::v1::TaskState state, std::string message);
  absl::Time UnkillableDeadline(absl::Time now) const;
  absl::Time AcknowledgementDeadline(absl::Time now) const;

  template <typename T>
  void Do(T action) {
    actions_.push_back(std::move(action));
  }

  Limits limits_;
  State state_ = State::kIdle;
  absl::Time deadline_;
  std::vector<Action> actions_;

  std::string task_id_;
  absl::Duration task_grace_;
  bool health_check_ = false;
  std::optional<bool> healthy_;

  // The agent.
  bool task_killing_ = false;
  bool connected_ = true;
  bool agent_lost_ = false;
  // Tasks that were killed before they were launched; bounded.
  std::set<std::string> refused_;

  // The end.
  Cause cause_ = Cause::kNone;
  std::string why_;
  std::optional<int> wait_status_;
  absl::Duration grace_;
  absl::Time terminated_at_;
  // When all must be over because of SHUTDOWN.
  absl::Time shutdown_by_ = absl::InfiniteFuture();
  std::vector<std::string> unkillable_;
  bool acknowledged_ = false;
  bool flushed_ = false;
};

}  // namespace mesos_executor::task

#endif  // SUPERVISOR_TASK_TASK_MACHINE_H_
