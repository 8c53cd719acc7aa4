// The heart of the supervisor: the life of one task as a state machine. Pure: no I/O, no clock of
// its own.
//
//   Idle ──LAUNCH──> Preparing ──before-start──> Starting ──exec──> Running
//                        │                          │                  │ main exited ──────────┐
//                        │                          └── KILL, SHUTDOWN, health, time ─────┐    │
//                        │ (nothing runs yet)                                             v    │
//                        │                       Holding <──hold── Draining (before-terminate) │
//                        │                          │                                     │    │
//                        │                          ├──> Stopping (requests to stop) <────┤    │
//                        │                          v            v                        v    │
//                        │                          └──────────> Terminating (SIGTERM) <──┴────┘
//                        │                                             │ grace period
//                        v                                             v
//   Done <──acknowledged, flushed── Reporting <──tree gone──────── Killing (SIGKILL)
//
// The tree may be gone in any state from Starting on: Reporting is next. The first cause of the end
// decides the terminal state: what ends by itself is FINISHED or FAILED, what is killed is KILLED
// whatever its exit code, and what is killed for its health, for its time or for a required sidecar
// is FAILED. A later KILL or SHUTDOWN only makes the end come sooner.
#ifndef SUPERVISOR_TASK_TASK_MACHINE_H_
#define SUPERVISOR_TASK_TASK_MACHINE_H_

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "supervisor/task/action.h"
#include "supervisor/task/end_budget.h"
#include "supervisor/task/input.h"
#include "supervisor/task/limits.h"

namespace mesos_executor::task {

class TaskMachine {
 public:
  enum class State {
    kIdle,
    kPreparing,
    kStarting,
    kRunning,
    kDraining,
    kHolding,
    kStopping,
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
  enum class Cause { kNone, kExited, kKilled, kUnhealthy, kOverdue, kFailed };

  void On(const Subscribed& input, absl::Time now);
  void On(const Disconnected& input, absl::Time now);
  void On(const Launch& input, absl::Time now);
  void On(const LaunchGroup& input, absl::Time now);
  void On(const Kill& input, absl::Time now);
  void On(const Shutdown& input, absl::Time now);
  void On(const AgentLost& input, absl::Time now);
  void On(const AllSettled& input, absl::Time now);
  void On(const PhaseDone& input, absl::Time now);
  void On(const Flushed& input, absl::Time now);
  void On(const Started& input, absl::Time now);
  void On(const LaunchFailed& input, absl::Time now);
  void On(const MainExited& input, absl::Time now);
  void On(const ShimDied& input, absl::Time now);
  void On(const TreeGone& input, absl::Time now);
  void On(const StopRefused& input, absl::Time now);
  void On(const BecameHealthy& input, absl::Time now);
  void On(const FailedCheck& input, absl::Time now);
  void On(const CheckChanged& input, absl::Time now);
  void On(const DeadlineReached& input, absl::Time now);

  // Between SIGTERM and SIGKILL, where the KILL doesn't say.
  absl::Duration Grace() const { return task_.kill_grace.value_or(limits_.kill_grace); }
  // The same, unless an end has begun: the grace that was given then stands.
  absl::Duration GraceUnlessEnding() const {
    return cause_ == Cause::kNone ? Grace() : absl::InfiniteDuration();
  }
  // The task's own time is over: it took too long, or expires.
  void EndByTime(absl::Time now);
  // KILL, SHUTDOWN and the like, in any state: begins the end, or shortens it.
  void End(Cause cause, std::string why, absl::Duration grace, absl::Time now);
  // The steps of an end, in order.
  void Drain(absl::Time now);
  void Stop(absl::Time now);
  // By the next request, or by SIGTERM.
  void AskToStop(absl::Time now);
  void Terminate(absl::Time now);
  void KillAll(absl::Time now);
  void Report(absl::Time now);
  void LeaveIfReported();
  void Leave(int code, std::string why);

  void SetCause(Cause cause, std::string why);
  bool OutOfMemory() const;
  std::string LastMessage() const;
  lifecycle::v1::Health LastHealth() const;
  void TellRunning(std::string message,
                   std::optional<mesos::v1::TaskStatus::Reason> reason = std::nullopt);
  void Update(mesos::v1::TaskState state, std::string message,
              std::optional<mesos::v1::TaskStatus::Reason> reason = std::nullopt);
  // What was asked of this executor about another task.
  void Refuse(const std::string& task_id, mesos::v1::TaskState state, std::string message);
  // When to leave without the acknowledgement.
  absl::Time LeaveAt(absl::Time now) const;

  template <typename T>
  void Do(T action) {
    actions_.push_back(std::move(action));
  }

  const Limits limits_;
  State state_ = State::kIdle;
  absl::Time deadline_;
  std::vector<Action> actions_;

  // The task.
  Launch task_;
  absl::Time overdue_ = absl::InfiniteFuture();
  absl::Time expires_ = absl::InfiniteFuture();
  bool told_running_ = false;
  std::optional<bool> healthy_;
  std::optional<mesos::v1::CheckStatusInfo> check_;

  // The agent.
  bool task_killing_ = false;
  bool connected_ = true;
  bool agent_lost_ = false;
  // Tasks that were killed before they were launched; bounded.
  std::set<std::string> refused_;

  // The end.
  Cause cause_ = Cause::kNone;
  std::string why_;
  EndBudget budget_;
  std::optional<MainExited> exit_;
  int stop_requests_ = 0;
  std::vector<std::string> unkillable_;
  std::string held_by_;
  std::optional<AllSettled> settled_;
  bool flushed_ = false;
};

}  // namespace mesos_executor::task

#endif  // SUPERVISOR_TASK_TASK_MACHINE_H_
