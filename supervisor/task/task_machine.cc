#include "supervisor/task/task_machine.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "supervisor/task/wait_status.h"

namespace mesos_executor::task {
namespace {

using lifecycle::v1::Phase;
using mesos::v1::TaskStatus;

// Kept back from the agent's shutdown grace period, so that we are gone before the agent kills us.
constexpr absl::Duration kShutdownReserve = absl::Milliseconds(500);
// Kept back once more for SIGKILL, the last update and its acknowledgement.
constexpr absl::Duration kReportReserve = absl::Milliseconds(500);
// The least time for processes to die of SIGKILL, and for the last update to be acknowledged,
// however little is left.
constexpr absl::Duration kLeastWait = absl::Milliseconds(250);
// Killed before launch, remembered: more than any framework sends to one executor.
constexpr size_t kMaxRefused = 64;

lifecycle::v1::Health ToHealth(std::optional<bool> healthy) {
  if (!healthy.has_value()) return lifecycle::v1::HEALTH_UNKNOWN;
  return *healthy ? lifecycle::v1::HEALTH_HEALTHY : lifecycle::v1::HEALTH_UNHEALTHY;
}

}  // namespace

TaskMachine::TaskMachine(const Limits& limits, absl::Time now)
    : limits_(limits), deadline_(now + limits.idle), task_grace_(limits.kill_grace) {}

std::vector<Action> TaskMachine::Handle(const Input& input, absl::Time now) {
  actions_.clear();
  if (state_ != State::kDone) {
    std::visit([&](const auto& concrete) { On(concrete, now); }, input);
  }
  return std::move(actions_);
}

// ---- The agent.

void TaskMachine::On(const Subscribed& input, absl::Time now) {
  task_killing_ = input.task_killing;
  connected_ = true;
  if (state_ == State::kReporting) deadline_ = AcknowledgementDeadline(now);
}

void TaskMachine::On(const Disconnected&, absl::Time now) {
  connected_ = false;
  if (state_ == State::kReporting) deadline_ = AcknowledgementDeadline(now);
}

void TaskMachine::On(const Launch& input, absl::Time now) {
  if (refused_.contains(input.task_id)) {
    return Refuse(input.task_id, mesos::v1::TASK_KILLED, "Task was killed before it was launched");
  }
  if (state_ != State::kIdle) {
    // An agent may send the same LAUNCH again; another task has come to the wrong executor.
    if (input.task_id == task_id_) return;
    return Refuse(input.task_id, mesos::v1::TASK_FAILED,
                  absl::StrCat("This executor runs one task, and has ", task_id_));
  }
  task_id_ = input.task_id;
  task_grace_ = input.kill_grace.value_or(limits_.kill_grace);
  health_check_ = input.health_check;
  state_ = State::kPreparing;
  deadline_ = absl::InfiniteFuture();
  Update(mesos::v1::TASK_STARTING, "");
  if (!input.invalid.empty()) {
    SetCause(Cause::kFailed, absl::StrCat("Cannot launch task: ", input.invalid));
    return Report(now);
  }
  Do(AskSidecars{.phase = lifecycle::v1::BEFORE_START});
}

void TaskMachine::On(const LaunchGroup& input, absl::Time now) {
  for (const std::string& task_id : input.task_ids) {
    Refuse(task_id, mesos::v1::TASK_FAILED, "This executor runs one task, and no task groups");
  }
}

void TaskMachine::On(const Kill& input, absl::Time now) {
  if (state_ == State::kIdle || input.task_id != task_id_) {
    if (refused_.size() < kMaxRefused) refused_.insert(input.task_id);
    return Refuse(input.task_id, mesos::v1::TASK_KILLED, "Task is unknown to the executor");
  }
  End(Cause::kKilled, "Task killed", input.kill_grace.value_or(task_grace_), now);
}

void TaskMachine::On(const Shutdown&, absl::Time now) {
  if (state_ == State::kIdle) return Leave(0, "shut down before any task was launched");
  shutdown_by_ = std::min(shutdown_by_, now + std::max(limits_.shutdown_grace - kShutdownReserve,
                                                       absl::ZeroDuration()));
  End(Cause::kKilled, "Task killed: the executor was shut down", task_grace_, now);
}

void TaskMachine::On(const AgentLost& input, absl::Time now) {
  if (state_ == State::kIdle) return Leave(1, input.why);
  agent_lost_ = true;
  if (state_ == State::kReporting) return LeaveIfReported();
  End(Cause::kKilled, absl::StrCat("Task killed: ", input.why), task_grace_, now);
}

void TaskMachine::On(const AllAcknowledged&, absl::Time now) {
  if (state_ != State::kReporting) return;
  acknowledged_ = true;
  LeaveIfReported();
}

// ---- The sidecars.

void TaskMachine::On(const PhaseDone& input, absl::Time now) {
  if (state_ == State::kPreparing && input.phase == lifecycle::v1::BEFORE_START) {
    if (!input.failure.empty()) {
      SetCause(Cause::kFailed, input.failure);
      return Report(now);
    }
    state_ = State::kStarting;
    Do(LaunchProcess{input.environment});
  } else if (state_ == State::kRunning && input.phase == lifecycle::v1::HEALTHY) {
    if (!input.failure.empty()) End(Cause::kFailed, input.failure, task_grace_, now);
  } else if (state_ == State::kDraining && input.phase == lifecycle::v1::BEFORE_TERMINATE) {
    const absl::Duration hold = std::min(input.hold, limits_.hold);
    if (hold <= absl::ZeroDuration()) return Terminate(grace_, now);
    state_ = State::kHolding;
    deadline_ = std::min(deadline_, now + hold);
  }
}

void TaskMachine::On(const Flushed&, absl::Time now) {
  if (state_ != State::kReporting) return;
  flushed_ = true;
  LeaveIfReported();
}

// ---- The process tree.

void TaskMachine::On(const Started&, absl::Time now) {
  if (state_ != State::kStarting) return;  // A kill has begun.
  state_ = State::kRunning;
  Update(mesos::v1::TASK_RUNNING, "");
  Do(AskSidecars{.phase = lifecycle::v1::STARTED});
  if (health_check_) Do(StartHealthChecks{});
}

void TaskMachine::On(const LaunchFailed& input, absl::Time now) {
  SetCause(Cause::kFailed, absl::StrCat("Cannot launch task: ", input.why));
}

void TaskMachine::On(const MainExited& input, absl::Time now) {
  wait_status_ = input.wait_status;
  switch (state_) {
    case State::kRunning:
      SetCause(Cause::kExited, "");
      Do(StopHealthChecks{});
      Do(CancelAsk{});
      return Terminate(limits_.leftover_grace, now);
    case State::kDraining:
      Do(CancelAsk{});
      return Terminate(grace_, now);
    case State::kHolding:
      return Terminate(grace_, now);
    default:
      return;
  }
}

void TaskMachine::On(const ShimDied&, absl::Time now) {
  switch (state_) {
    case State::kRunning:
      Do(StopHealthChecks{});
      [[fallthrough]];
    case State::kStarting:
    case State::kDraining:
    case State::kHolding:
    case State::kTerminating:
      SetCause(Cause::kFailed, "The shim died, and the task's processes were killed");
      Do(CancelAsk{});
      return KillAll(now);
    default:
      return;
  }
}

void TaskMachine::On(const TreeGone&, absl::Time now) {
  switch (state_) {
    case State::kStarting:
    case State::kDraining:
    case State::kHolding:
    case State::kTerminating:
    case State::kKilling:
      return Report(now);
    default:
      return;
  }
}

// ---- The health check.

void TaskMachine::On(const BecameHealthy&, absl::Time now) {
  if (state_ != State::kRunning) return;
  healthy_ = true;
  Update(mesos::v1::TASK_RUNNING, "", TaskStatus::REASON_TASK_HEALTH_CHECK_STATUS_UPDATED);
  Do(AskSidecars{.phase = lifecycle::v1::HEALTHY, .health = ToHealth(healthy_)});
}

void TaskMachine::On(const FailedCheck& input, absl::Time now) {
  if (state_ != State::kRunning) return;
  const bool was_healthy = healthy_.value_or(false);
  healthy_ = false;
  Update(mesos::v1::TASK_RUNNING, input.why, TaskStatus::REASON_TASK_HEALTH_CHECK_STATUS_UPDATED);
  if (was_healthy) {
    Do(AskSidecars{.phase = lifecycle::v1::UNHEALTHY, .health = ToHealth(healthy_)});
  }
  if (input.kill) End(Cause::kUnhealthy, input.why, task_grace_, now);
}

// ---- Time.

void TaskMachine::On(const DeadlineReached& input, absl::Time now) {
  if (now < deadline_) return;
  switch (state_) {
    case State::kIdle:
      return Leave(
          0, absl::StrCat("nothing was launched within ", absl::FormatDuration(limits_.idle)));
    case State::kDraining:
      Do(CancelAsk{});
      return Terminate(grace_, now);
    case State::kHolding:
      return Terminate(grace_, now);
    case State::kTerminating:
      return KillAll(now);
    case State::kKilling:
      unkillable_ = input.survivors;
      if (unkillable_.empty()) unkillable_.push_back("unknown");
      return Report(now);
    case State::kReporting:
      return Leave(1, "the agent did not acknowledge the last update");
    default:
      return;
  }
}

// ---- The end, step by step.

void TaskMachine::End(Cause cause, std::string why, absl::Duration grace, absl::Time now) {
  switch (state_) {
    case State::kPreparing:
      SetCause(cause, std::move(why));
      return Report(now);
    case State::kStarting:
    case State::kRunning:
      SetCause(cause, std::move(why));
      grace_ = grace;
      return Drain(now);
    case State::kDraining:
    case State::kHolding:
      grace_ = std::min(grace_, grace);
      deadline_ = std::min(deadline_, now + (shutdown_by_ - now) / 4);
      return;
    case State::kTerminating:
      deadline_ = std::min({deadline_, terminated_at_ + grace, shutdown_by_ - kReportReserve});
      if (deadline_ <= now) KillAll(now);
      return;
    case State::kKilling:
      deadline_ = std::min(deadline_, UnkillableDeadline(now));
      return;
    case State::kReporting:
      deadline_ = std::min(deadline_, AcknowledgementDeadline(now));
      return;
    case State::kIdle:
    case State::kDone:
      return;
  }
}

void TaskMachine::Drain(absl::Time now) {
  if (state_ == State::kRunning) Do(StopHealthChecks{});
  if (task_killing_) Update(mesos::v1::TASK_KILLING, why_);
  state_ = State::kDraining;
  // A quarter of what a SHUTDOWN leaves us; without one, as long as the sidecars' own deadlines.
  const absl::Duration cap = (shutdown_by_ - now) / 4;
  deadline_ = now + cap;
  Do(AskSidecars{
      .phase = lifecycle::v1::BEFORE_TERMINATE, .health = ToHealth(healthy_), .cap = cap});
}

void TaskMachine::Terminate(absl::Duration grace, absl::Time now) {
  terminated_at_ = now;
  const absl::Time kill_at = std::min(now + grace, shutdown_by_ - kReportReserve);
  if (kill_at <= now) return KillAll(now);
  state_ = State::kTerminating;
  deadline_ = kill_at;
  Do(TerminateTree{});
}

void TaskMachine::KillAll(absl::Time now) {
  state_ = State::kKilling;
  deadline_ = UnkillableDeadline(now);
  Do(KillTree{});
}

void TaskMachine::Report(absl::Time now) {
  state_ = State::kReporting;
  deadline_ = AcknowledgementDeadline(now);
  const std::string ended = wait_status_ ? DescribeWaitStatus(*wait_status_) : "";
  std::string message = absl::StrCat(why_, why_.empty() || ended.empty() ? "" : ". ", ended);
  if (!unkillable_.empty()) {
    absl::StrAppend(&message, ". Processes that could not be killed and are left to the agent: ",
                    absl::StrJoin(unkillable_, ", "));
  }
  // The last health of a task stands in its last update only where it was killed for it.
  if (cause_ != Cause::kUnhealthy) healthy_.reset();
  switch (cause_) {
    case Cause::kExited:
      Update(*wait_status_ == 0 ? mesos::v1::TASK_FINISHED : mesos::v1::TASK_FAILED, message);
      break;
    case Cause::kKilled:
      Update(mesos::v1::TASK_KILLED, message);
      break;
    case Cause::kNone:
    case Cause::kUnhealthy:
    case Cause::kFailed:
      Update(mesos::v1::TASK_FAILED, message);
      break;
  }
  // In a SHUTDOWN the sidecars have half of what is left, so that they never cost the
  // acknowledgement.
  Do(FinishSidecars{std::min(limits_.flush, (std::max(shutdown_by_, now + kLeastWait) - now) / 2)});
}

void TaskMachine::LeaveIfReported() {
  if (!flushed_ || !(acknowledged_ || agent_lost_)) return;
  if (!unkillable_.empty()) return Leave(1, "some of the task's processes could not be killed");
  Leave(0, acknowledged_ ? "the last update is acknowledged" : "the agent is gone for good");
}

void TaskMachine::Leave(int code, std::string why) {
  state_ = State::kDone;
  deadline_ = absl::InfiniteFuture();
  Do(Exit{code, std::move(why)});
}

void TaskMachine::SetCause(Cause cause, std::string why) {
  if (cause_ != Cause::kNone) return;
  cause_ = cause;
  why_ = std::move(why);
}

void TaskMachine::Update(mesos::v1::TaskState state, std::string message,
                         std::optional<TaskStatus::Reason> reason) {
  Do(SendUpdate{task_id_, state, std::move(message), reason, healthy_});
}

void TaskMachine::Refuse(const std::string& task_id, mesos::v1::TaskState state,
                         std::string message) {
  Do(SendUpdate{.task_id = task_id, .state = state, .message = std::move(message)});
}

absl::Time TaskMachine::UnkillableDeadline(absl::Time now) const {
  // Of a SHUTDOWN's time the last part is for the update that names the unkillable.
  return std::min(now + limits_.unkillable, std::max(shutdown_by_ - kLeastWait, now + kLeastWait));
}

absl::Time TaskMachine::AcknowledgementDeadline(absl::Time now) const {
  // While disconnected the agent's client decides how long there is hope; it says AgentLost.
  const absl::Time patience =
      connected_ || agent_lost_ ? now + limits_.acknowledgement : absl::InfiniteFuture();
  return std::min(patience, std::max(shutdown_by_, now + kLeastWait));
}

}  // namespace mesos_executor::task
