#include "supervisor/task/task_machine.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace mesos_executor::task {
namespace {

using lifecycle::v1::Phase;
using mesos::v1::TaskStatus;

// Killed before launch, remembered: more than any framework sends to one executor.
constexpr size_t kMaxRefused = 64;

}  // namespace

TaskMachine::TaskMachine(const Limits& limits, absl::Time now)
    : limits_(limits), deadline_(now + limits.idle), budget_(limits) {}

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
  if (state_ == State::kReporting) deadline_ = LeaveAt(now);
}

void TaskMachine::On(const Disconnected&, absl::Time now) {
  connected_ = false;
  if (state_ == State::kReporting) deadline_ = LeaveAt(now);
}

void TaskMachine::On(const Launch& input, absl::Time now) {
  if (refused_.contains(input.task_id)) {
    return Refuse(input.task_id, mesos::v1::TASK_KILLED, "Task was killed before it was launched");
  }
  if (state_ != State::kIdle) {
    // An agent may send the same LAUNCH again; another task has come to the wrong executor.
    if (input.task_id == task_.task_id) return;
    return Refuse(input.task_id, mesos::v1::TASK_FAILED,
                  absl::StrCat("This executor runs one task, and has ", task_.task_id));
  }
  task_ = input;
  check_ = input.check;
  state_ = State::kPreparing;
  overdue_ = now + task_.max_completion;
  expires_ = now + task_.expires_in;
  deadline_ = std::min(overdue_, expires_);
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
  if (state_ == State::kIdle || input.task_id != task_.task_id) {
    if (refused_.size() < kMaxRefused) refused_.insert(input.task_id);
    return Refuse(input.task_id, mesos::v1::TASK_KILLED, "Task is unknown to the executor");
  }
  End(Cause::kKilled, "Task killed", input.kill_grace.value_or(Grace()), now);
}

void TaskMachine::On(const Shutdown&, absl::Time now) {
  if (state_ == State::kIdle) return Leave(0, "shut down before any task was launched");
  budget_.ShutDown(now);
  End(Cause::kKilled, "Task killed: the executor was shut down", GraceUnlessEnding(), now);
}

void TaskMachine::On(const AgentLost& input, absl::Time now) {
  if (state_ == State::kIdle) return Leave(1, input.why);
  agent_lost_ = true;
  if (state_ == State::kReporting) return LeaveIfReported();
  End(Cause::kKilled, absl::StrCat("Task killed: ", input.why), GraceUnlessEnding(), now);
}

void TaskMachine::On(const AllSettled& input, absl::Time now) {
  if (state_ != State::kReporting) return;
  settled_ = input;
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
    if (!input.failure.empty()) End(Cause::kFailed, input.failure, Grace(), now);
  } else if (state_ == State::kDraining && input.phase == lifecycle::v1::BEFORE_TERMINATE) {
    const absl::Duration hold = std::min(input.hold, limits_.hold);
    if (hold <= absl::ZeroDuration()) return Stop(now);
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
  if (!task_.running_when_healthy) TellRunning("");
  Do(AskSidecars{.phase = lifecycle::v1::STARTED});
  Do(StartChecks{});
}

void TaskMachine::On(const LaunchFailed& input, absl::Time now) {
  SetCause(Cause::kFailed, absl::StrCat("Cannot launch task: ", input.why));
}

void TaskMachine::On(const MainExited& input, absl::Time now) {
  exit_ = input;
  switch (state_) {
    case State::kRunning:
      SetCause(Cause::kExited, "");
      Do(StopChecks{});
      Do(CancelAsk{});
      budget_.ShortenGrace(limits_.leftover_grace);
      return Stop(now);
    case State::kDraining:
      Do(CancelAsk{});
      return Stop(now);
    case State::kHolding:
      return Stop(now);
    case State::kStopping:
      return Terminate(now);
    default:
      return;
  }
}

void TaskMachine::On(const ShimDied&, absl::Time now) {
  switch (state_) {
    case State::kRunning:
      Do(StopChecks{});
      [[fallthrough]];
    case State::kStarting:
    case State::kDraining:
    case State::kHolding:
    case State::kStopping:
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
    case State::kStopping:
    case State::kTerminating:
    case State::kKilling:
      return Report(now);
    default:
      return;
  }
}

void TaskMachine::On(const StopRefused&, absl::Time now) {
  if (state_ == State::kStopping) AskToStop(now);
}

// ---- The checks.

void TaskMachine::On(const BecameHealthy&, absl::Time now) {
  if (state_ != State::kRunning) return;
  healthy_ = true;
  TellRunning("", TaskStatus::REASON_TASK_HEALTH_CHECK_STATUS_UPDATED);
  Do(AskSidecars{.phase = lifecycle::v1::HEALTHY, .health = LastHealth()});
}

void TaskMachine::On(const FailedCheck& input, absl::Time now) {
  if (state_ != State::kRunning) return;
  const bool was_healthy = healthy_.value_or(false);
  healthy_ = false;
  if (told_running_) {
    TellRunning(input.why, TaskStatus::REASON_TASK_HEALTH_CHECK_STATUS_UPDATED);
  }
  if (was_healthy) {
    Do(AskSidecars{.phase = lifecycle::v1::UNHEALTHY, .health = LastHealth()});
  }
  if (input.kill) End(Cause::kUnhealthy, input.why, Grace(), now);
}

void TaskMachine::On(const CheckChanged& input, absl::Time now) {
  if (state_ != State::kRunning) return;
  check_ = input.status;
  if (told_running_) TellRunning("", TaskStatus::REASON_TASK_CHECK_STATUS_UPDATED);
}

// ---- Time.

void TaskMachine::On(const DeadlineReached& input, absl::Time now) {
  if (now < deadline_) return;
  switch (state_) {
    case State::kIdle:
      return Leave(
          0, absl::StrCat("nothing was launched within ", absl::FormatDuration(limits_.idle)));
    case State::kPreparing:
    case State::kStarting:
    case State::kRunning:
      return EndByTime(now);
    case State::kDraining:
      Do(CancelAsk{});
      return Stop(now);
    case State::kHolding:
      return Stop(now);
    case State::kStopping:
      return AskToStop(now);
    case State::kTerminating:
      return KillAll(now);
    case State::kKilling:
      unkillable_ = input.survivors;
      if (unkillable_.empty()) unkillable_.push_back("unknown");
      held_by_ = input.held_by;
      return Report(now);
    case State::kReporting:
      return Leave(1, "the agent did not acknowledge the last update");
    default:
      return;
  }
}

void TaskMachine::EndByTime(absl::Time now) {
  if (expires_ <= overdue_) {
    return End(Cause::kKilled, absl::StrCat("Task killed: ", task_.expires_why), Grace(), now);
  }
  // As Mesos' own executors do: no grace for what had its time.
  End(Cause::kOverdue,
      absl::StrCat("Task killed: its max_completion_time of ",
                   absl::FormatDuration(task_.max_completion), " is over"),
      absl::ZeroDuration(), now);
}

// ---- What is told.

lifecycle::v1::Health TaskMachine::LastHealth() const {
  if (!healthy_.has_value()) return lifecycle::v1::HEALTH_UNKNOWN;
  return *healthy_ ? lifecycle::v1::HEALTH_HEALTHY : lifecycle::v1::HEALTH_UNHEALTHY;
}

void TaskMachine::TellRunning(std::string message, std::optional<TaskStatus::Reason> reason) {
  told_running_ = true;
  Update(mesos::v1::TASK_RUNNING, std::move(message), reason);
}

void TaskMachine::Update(mesos::v1::TaskState state, std::string message,
                         std::optional<TaskStatus::Reason> reason) {
  Do(SendUpdate{task_.task_id, state, std::move(message), reason, healthy_, check_});
}

void TaskMachine::Refuse(const std::string& task_id, mesos::v1::TaskState state,
                         std::string message) {
  Do(SendUpdate{.task_id = task_id, .state = state, .message = std::move(message)});
}

}  // namespace mesos_executor::task
