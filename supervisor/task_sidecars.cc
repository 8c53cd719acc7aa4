#include "supervisor/task_sidecars.h"

#include <glog/logging.h>

#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "supervisor/lifecycle/launch.h"
#include "supervisor/lifecycle/sidecar_config.h"

namespace mesos_executor {
namespace {

using lifecycle::v1::Phase;

std::string NewIncarnation() {
  std::random_device random;
  return absl::StrCat(absl::Hex(random(), absl::kZeroPad8), absl::Hex(random(), absl::kZeroPad8),
                      absl::Hex(random(), absl::kZeroPad8), absl::Hex(random(), absl::kZeroPad8));
}

}  // namespace

void TaskSidecars::Attach(const lifecycle::v1::Task& facts, const Environment& environment,
                          const std::string& folder) {
  lifecycle::SidecarConfigs configs = lifecycle::ConfigureSidecars(environment, facts, folder);
  for (const std::string& warning : configs.warnings) LOG(WARNING) << warning;
  const auto watch = [this](pid_t pid, absl::AnyInvocable<void(int)> exited) {
    return reaper_->Watch(pid, std::move(exited));
  };
  sidecars_ = lifecycle::LaunchSidecars(loop_, std::move(configs.sidecars), facts, NewIncarnation(),
                                        watch, this);
}

void TaskSidecars::Ask(const task::AskSidecars& action) {
  RecordPhase(action.phase);
  sidecars_->Ask(action.phase, action.health, action.cap,
                 [this, phase = action.phase](lifecycle::PhaseResult result) {
                   task::PhaseDone done{.phase = phase,
                                        .failure = std::string(result.status.message()),
                                        .hold = result.hold};
                   for (const auto& [name, value] : result.environment) {
                     LOG(INFO) << "A sidecar sets the environment variable " << name;
                     done.environment.push_back(absl::StrCat(name, "=", value));
                   }
                   feed_(std::move(done));
                 });
}

void TaskSidecars::Finish(const task::FinishSidecars& action) {
  if (sidecars_ == nullptr) return feed_(task::Flushed{});
  RecordPhase(lifecycle::v1::TERMINATED);
  sidecars_->Finish(action.bound, [this] { feed_(task::Flushed{}); });
}

void TaskSidecars::RecordPhase(Phase phase) {
  if (sidecars_->empty()) return;
  recorder_->Add({.kind = TimelineKind::kPhase, .name = std::string(lifecycle::PhaseName(phase))});
}

void TaskSidecars::OnSidecarUp(const std::string& name, lifecycle::Mode mode,
                               const std::string& version) {
  const char* const where =
      mode == lifecycle::Mode::kHost ? "daemon of the host" : "private process";
  LOG(INFO) << "The sidecar " << name << " " << version << " is attached (" << where << ")";
  recorder_->Add(
      {.kind = TimelineKind::kPhase, .name = "attached", .sidecar = name, .message = where});
}

void TaskSidecars::OnSidecarDown(const std::string& name, lifecycle::Mode mode,
                                 const std::string& why) {
  LOG(WARNING) << "The sidecar " << name << " is not there: " << why;
  recorder_->Add({.kind = TimelineKind::kPhase,
                  .name = mode == lifecycle::Mode::kAbsent ? "absent" : "down",
                  .sidecar = name,
                  .message = why});
}

void TaskSidecars::OnSidecarAnswer(const std::string& name, Phase phase, lifecycle::Outcome outcome,
                                   absl::Duration took, const std::string& message) {
  const std::string phase_name(lifecycle::PhaseName(phase));
  const std::string outcome_name(lifecycle::OutcomeName(outcome));
  LOG(INFO) << "The sidecar " << name << " answers " << phase_name << " with " << outcome_name
            << " after " << absl::FormatDuration(took) << (message.empty() ? "" : ": ") << message;
  recorder_->Add({.kind = TimelineKind::kPhase,
                  .name = phase_name,
                  .sidecar = name,
                  .outcome = outcome_name,
                  .took = took,
                  .message = message});
}

}  // namespace mesos_executor
