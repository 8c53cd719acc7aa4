#include "supervisor/task_sidecars.h"

#include <glog/logging.h>

#include <random>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "supervisor/base/descriptor_datagram.h"
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
                          const std::string& folder, const Spooling& spooling) {
  lifecycle::SidecarConfigs configs = lifecycle::ConfigureSidecars(environment, facts, folder);
  for (const std::string& warning : configs.warnings) LOG(WARNING) << warning;
  for (const lifecycle::SidecarConfig& config : configs.sidecars) {
    if (!config.takes_spools) continue;
    shipper_ = config.name;
    shipper_socket_ = DescriptorSocket(config.socket);
  }
  const auto watch = [this](pid_t pid, absl::AnyInvocable<void(int)> exited) {
    return reaper_->Watch(pid, std::move(exited));
  };
  const auto spools = [this]() -> absl::StatusOr<UniqueFd> {
    if (spools_ == nullptr) return absl::NotFoundError("the task has no spools");
    auto connection = spools_->offer().Connection();
    if (!connection.ok()) {
      LOG(WARNING) << "The log-shipper isn't given the task's output: "
                   << connection.status().message();
    }
    return connection;
  };
  const std::string incarnation = NewIncarnation();
  sidecars_ = lifecycle::LaunchSidecars(loop_, std::move(configs.sidecars), facts, incarnation,
                                        watch, this, spools);
  if (sidecars_->Has(shipper_)) MakeSpools(facts, incarnation, spooling);
}

void TaskSidecars::MakeSpools(const lifecycle::v1::Task& facts, const std::string& incarnation,
                              const Spooling& spooling) {
  absl::Status status = absl::FailedPreconditionError("its files may not grow freely (RLMT_FSIZE)");
  if (spooling.limit) {
    auto made = spool::TaskSpools::Make(loop_, facts,
                                        {.sandbox = spooling.sandbox,
                                         .user = spooling.user,
                                         .limit = *spooling.limit,
                                         .incarnation = incarnation});
    status = made.status();
    if (made.ok()) spools_ = *std::move(made);
  }
  if (status.ok()) return;
  LOG(WARNING) << "The task's output is not shipped, but goes to the executor's stdout and stderr: "
               << status.message();
}

spool::TaskOutput TaskSidecars::TakeTaskOutput() {
  return spools_ == nullptr ? spool::TaskOutput() : spools_->TakeTaskOutput();
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
  const bool host = mode == lifecycle::Mode::kHost;
  const char* const where = host ? "daemon of the host" : "private process";
  LOG(INFO) << "The sidecar " << name << " " << version << " is attached (" << where << ")";
  recorder_->Add(
      {.kind = TimelineKind::kPhase, .name = "attached", .sidecar = name, .message = where});
  if (spools_ != nullptr && host && name == shipper_) spools_->offer().Attached(shipper_socket_);
}

void TaskSidecars::OnSidecarDown(const std::string& name, lifecycle::Mode mode,
                                 const std::string& why) {
  LOG(WARNING) << "The sidecar " << name << " is not there: " << why;
  recorder_->Add({.kind = TimelineKind::kPhase,
                  .name = mode == lifecycle::Mode::kAbsent ? "absent" : "down",
                  .sidecar = name,
                  .message = why});
  if (spools_ != nullptr && name == shipper_) spools_->offer().Detached();
}

void TaskSidecars::OnSidecarAnswer(const std::string& name, Phase phase, lifecycle::Outcome outcome,
                                   absl::Duration took, const std::string& message) {
  const std::string phase_name(lifecycle::PhaseName(phase));
  const std::string outcome_name(lifecycle::OutcomeName(outcome));
  LOG(INFO) << "The sidecar " << name << " answers " << phase_name << " with " << outcome_name
            << " after " << absl::FormatDuration(took)
            << (message.empty() ? "" : ": ")
            // A sidecar can't forge a line of the log.
            << absl::Utf8SafeCHexEscape(message);
  recorder_->Add({.kind = TimelineKind::kPhase,
                  .name = phase_name,
                  .sidecar = name,
                  .outcome = outcome_name,
                  .took = took,
                  .message = message});
}

}  // namespace mesos_executor
