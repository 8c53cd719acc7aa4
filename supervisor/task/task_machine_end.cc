// The end of a task, step by step.
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "supervisor/task/task_machine.h"
#include "supervisor/task/wait_status.h"

namespace mesos_executor::task {

using mesos::v1::TaskStatus;

void TaskMachine::End(Cause cause, std::string why, absl::Duration grace, absl::Time now) {
  budget_.ShortenGrace(grace);
  switch (state_) {
    case State::kPreparing:
      SetCause(cause, std::move(why));
      return Report(now);
    case State::kStarting:
    case State::kRunning:
      SetCause(cause, std::move(why));
      return Drain(now);
    case State::kDraining:
    case State::kHolding:
      deadline_ = std::min({deadline_, now + budget_.DrainCap(now), now + grace});
      return;
    case State::kStopping:
      deadline_ =
          std::min(deadline_, budget_.StopRequestEnd(stop_requests_ - 1, task_.stop_requests));
      return;
    case State::kTerminating:
      deadline_ = std::min(deadline_, budget_.KillAt());
      if (deadline_ <= now) KillAll(now);
      return;
    case State::kKilling:
      deadline_ = std::min(deadline_, budget_.UnkillableAt(now));
      return;
    case State::kReporting:
      deadline_ = std::min(deadline_, LeaveAt(now));
      return;
    case State::kIdle:
    case State::kDone:
      return;
  }
}

void TaskMachine::Drain(absl::Time now) {
  if (state_ == State::kRunning) Do(StopChecks{});
  // Not where its time is over: Mesos' own executor doesn't say it there either.
  if (task_killing_ && cause_ != Cause::kOverdue) Update(mesos::v1::TASK_KILLING, why_);
  state_ = State::kDraining;
  const absl::Duration cap = budget_.DrainCap(now);
  deadline_ = now + cap;
  Do(AskSidecars{.phase = lifecycle::v1::BEFORE_TERMINATE, .health = LastHealth(), .cap = cap});
}

void TaskMachine::Stop(absl::Time now) {
  budget_.BeginStop(now);
  AskToStop(now);
}

void TaskMachine::AskToStop(absl::Time now) {
  // A main process that has ended can't be asked.
  if (exit_ || stop_requests_ == task_.stop_requests || budget_.KillAt() <= now) {
    return Terminate(now);
  }
  state_ = State::kStopping;
  deadline_ = budget_.StopRequestEnd(stop_requests_, task_.stop_requests);
  Do(RequestStop{stop_requests_++});
}

void TaskMachine::Terminate(absl::Time now) {
  if (budget_.KillAt() <= now) return KillAll(now);
  state_ = State::kTerminating;
  deadline_ = budget_.KillAt();
  Do(TerminateTree{});
}

void TaskMachine::KillAll(absl::Time now) {
  state_ = State::kKilling;
  deadline_ = budget_.UnkillableAt(now);
  Do(KillTree{});
}

void TaskMachine::Report(absl::Time now) {
  state_ = State::kReporting;
  deadline_ = LeaveAt(now);
  // The last health of a task stands in its last update only where it was killed for it.
  if (cause_ != Cause::kUnhealthy) healthy_.reset();
  switch (cause_) {
    case Cause::kExited:
      if (exit_->wait_status == 0) {
        Update(mesos::v1::TASK_FINISHED, LastMessage());
      } else if (OutOfMemory()) {
        Update(mesos::v1::TASK_FAILED, LastMessage(),
               TaskStatus::REASON_CONTAINER_LIMITATION_MEMORY);
      } else {
        Update(mesos::v1::TASK_FAILED, LastMessage());
      }
      break;
    case Cause::kKilled:
      Update(mesos::v1::TASK_KILLED, LastMessage());
      break;
    case Cause::kOverdue:
      Update(mesos::v1::TASK_FAILED, LastMessage(), TaskStatus::REASON_MAX_COMPLETION_TIME_REACHED);
      break;
    case Cause::kNone:
    case Cause::kUnhealthy:
    case Cause::kFailed:
      Update(mesos::v1::TASK_FAILED, LastMessage());
      break;
  }
  Do(FinishSidecars{budget_.FlushBound(now)});
}

bool TaskMachine::OutOfMemory() const {
  // The kernel doesn't tell whom it killed: one who died of SIGKILL, by nobody else's hand, is
  // likely. A shell says it of its child by 128 + 9.
  if (cause_ != Cause::kExited || exit_->oom_kills == 0) return false;
  const int status = exit_->wait_status;
  return WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : WEXITSTATUS(status) == 128 + SIGKILL;
}

std::string TaskMachine::LastMessage() const {
  std::vector<std::string> parts;
  if (!why_.empty()) parts.push_back(why_);
  if (exit_) parts.push_back(DescribeWaitStatus(exit_->wait_status));
  if (OutOfMemory()) {
    parts.push_back(absl::StrCat("Out of memory: the kernel killed ", exit_->oom_kills,
                                 exit_->oom_kills == 1 ? " process" : " processes",
                                 " of the container"));
  }
  if (!unkillable_.empty()) {
    parts.push_back(absl::StrCat("Processes that could not be killed and are left to the agent: ",
                                 absl::StrJoin(unkillable_, ", "),
                                 held_by_.empty() ? "" : "; held by ", held_by_));
  }
  return absl::StrJoin(parts, ". ");
}

void TaskMachine::LeaveIfReported() {
  if (!flushed_ || !(settled_ || agent_lost_)) return;
  if (!unkillable_.empty()) return Leave(1, "some of the task's processes could not be killed");
  if (!settled_) return Leave(0, "the agent is gone for good");
  if (settled_->terminal_refused) return Leave(1, "the agent refused the last update");
  Leave(0, "the last update is acknowledged");
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

absl::Time TaskMachine::LeaveAt(absl::Time now) const {
  // While disconnected the agent's client decides how long there is hope; it says AgentLost.
  return budget_.LeaveAt(now, connected_ || agent_lost_);
}

}  // namespace mesos_executor::task
