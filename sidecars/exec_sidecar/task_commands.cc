#include "sidecars/exec_sidecar/task_commands.h"

#include <glog/logging.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "sidecars/exec_sidecar/command_facts.h"

namespace mesos_executor::exec_sidecar {
namespace {

using lifecycle::v1::Answer;
using lifecycle::v1::Phase;

constexpr absl::Duration kLongestPause = absl::Minutes(1);

bool IsHealth(Phase phase) {
  return phase == lifecycle::v1::HEALTHY || phase == lifecycle::v1::UNHEALTHY;
}

}  // namespace

TaskCommands::TaskCommands(CommandParts* parts, lifecycle::v1::Task task,
                           absl::AnyInvocable<void()> undone)
    : parts_(parts), task_(std::move(task)), undone_(std::move(undone)) {}

void TaskCommands::Reach(const sidecar::TaskState& state, absl::Duration deadline,
                         sidecar::ReplyCallback reply) {
  const bool again = state.phase == reached_;
  if (!again) {
    reached_ = state.phase;
    answer_ = {};
    if (state.phase >= lifecycle::v1::BEFORE_TERMINATE) {
      running_.reset();
      turn_.reset();
      jobs_.clear();
    } else if (jobs_.size() > 1 && IsHealth(state.phase) && IsHealth(jobs_.back().state.phase)) {
      jobs_.pop_back();  // Health that has changed before its turn came.
    }
    if (IsWanted(state.phase) || ending()) {
      jobs_.emplace_back(state, parts_->loop);
      if (jobs_.size() == 1) StartNext();
    }
  }
  if (!reply) return;
  if (!jobs_.empty() && jobs_.back().state.phase == state.phase) {
    jobs_.back().waiters.Add(deadline, "the command still runs", std::move(reply));
  } else {
    reply(answer_);
  }
}

bool TaskCommands::IsWanted(Phase phase) const { return parts_->settings.phases.count(phase) > 0; }

void TaskCommands::StartNext() {
  turn_ = parts_->turns.Wait(/*urgent=*/ending(), [this] { Run(); });
}

void TaskCommands::Run() {
  const sidecar::TaskState& state = jobs_.front().state;
  // The end of a task that needs no command.
  if (!IsWanted(state.phase)) return OnResult({});
  running_ =
      parts_->runner->Run(CommandEnvironment(task_, state, parts_->path), parts_->settings.timeout,
                          [this](CommandResult result) { OnResult(std::move(result)); });
}

void TaskCommands::OnResult(CommandResult result) {
  // Kept to the end of this call: it is what calls.
  const std::unique_ptr<Pending> ended = std::move(running_);
  const auto turn = std::move(turn_);
  const Phase phase = jobs_.front().state.phase;
  sidecar::Reply reply = ReplyTo(phase, std::move(result));
  if (reply.outcome != Answer::OK) {
    LOG(WARNING) << task_.task_id() << ": the command for " << PhaseName(phase)
                 << " has failed: " << reply.message;
    if (phase == lifecycle::v1::TERMINATED && ++attempts_ < kAttempts) return Retry(reply.message);
  }
  Finish(std::move(reply));
}

sidecar::Reply TaskCommands::ReplyTo(Phase phase, CommandResult result) const {
  const auto failed = [](std::string why) {
    return sidecar::Reply{.outcome = Answer::FAILED, .message = std::move(why)};
  };
  if (!result.failure.empty()) {
    const absl::string_view why = LastLine(result.errors);
    return failed(absl::StrCat(result.failure, why.empty() ? "" : ": ", why));
  }
  if (phase != lifecycle::v1::BEFORE_START) return {};
  if (result.cut) {
    return failed(absl::StrCat("the command's output has more than ", kMaxOutput, " bytes"));
  }
  auto variables = ParseVariables(result.output);
  if (!variables.ok()) return failed(std::string(variables.status().message()));
  return {.environment = *std::move(variables)};
}

void TaskCommands::Finish(sidecar::Reply reply) {
  // Taken out whole, as those that wait may ask for more.
  std::list<Job> done;
  done.splice(done.begin(), jobs_, jobs_.begin());
  Job& job = done.front();
  if (job.state.phase == reached_) answer_ = reply;
  job.waiters.Answer(reply);
  if (job.state.phase == lifecycle::v1::TERMINATED) {
    std::exchange(undone_, nullptr)();
  } else if (!jobs_.empty()) {
    StartNext();
  }
}

void TaskCommands::Retry(const std::string& why) {
  jobs_.front().waiters.Postpone(why);
  const absl::Duration pause = std::min(absl::Seconds(1 << (attempts_ - 1)), kLongestPause);
  running_ = parts_->loop->After(pause, [this] { StartNext(); });
}

}  // namespace mesos_executor::exec_sidecar
