#include "supervisor/supervisor.h"

#include <glog/logging.h>
#include <string.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "supervisor/health/check_definition.h"
#include "supervisor/launch/command.h"
#include "supervisor/lifecycle/launch.h"
#include "supervisor/lifecycle/sidecar_config.h"
#include "supervisor/lifecycle/task_facts.h"
#include "supervisor/task/wait_status.h"

namespace mesos_executor {
namespace {

using lifecycle::v1::Phase;
using mesos::v1::executor::Event;

std::optional<absl::Duration> GraceOf(const mesos::v1::KillPolicy& policy) {
  if (!policy.has_grace_period()) return std::nullopt;
  return absl::Nanoseconds(policy.grace_period().nanoseconds());
}

bool WantsTaskKilling(const mesos::v1::FrameworkInfo& framework) {
  return std::any_of(
      framework.capabilities().begin(), framework.capabilities().end(), [](const auto& capability) {
        return capability.type() == mesos::v1::FrameworkInfo::Capability::TASK_KILLING_STATE;
      });
}

// This executor's file; its folder, the bundle's, has our sidecars.
std::filesystem::path OwnPath() {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/exe", error);
}

// For people: the first few, and how many more.
std::string ShortList(const std::vector<std::string>& all) {
  constexpr size_t kMost = 8;
  const size_t shown = std::min(all.size(), kMost);
  std::string text = absl::StrJoin(all.begin(), all.begin() + shown, ", ");
  if (shown < all.size()) absl::StrAppend(&text, " and ", all.size() - shown, " more");
  return text;
}

std::string NewIncarnation() {
  std::random_device random;
  return absl::StrCat(absl::Hex(random(), absl::kZeroPad8), absl::Hex(random(), absl::kZeroPad8),
                      absl::Hex(random(), absl::kZeroPad8), absl::Hex(random(), absl::kZeroPad8));
}

}  // namespace

Supervisor::Supervisor(AsioEventLoop* loop, process::ChildReaper* reaper, process::Shim shim,
                       Configuration configuration, Environment environment, Timeline timeline)
    : loop_(loop),
      reaper_(reaper),
      configuration_(std::move(configuration)),
      environment_(std::move(environment)),
      timeline_(std::move(timeline)),
      machine_(configuration_.limits, loop->Now()),
      http_client_(NewHttpClient(loop)),
      tree_(loop, reaper, std::move(shim), this),
      agent_(loop, configuration_.agent, this) {}

Supervisor::~Supervisor() = default;

int Supervisor::Run() {
  ArmDeadline();
  agent_.Start();
  loop_->Run();
  return exit_code_;
}

void Supervisor::OnTerminationSignal(int signal) {
  LOG(WARNING) << "Got the signal " << strsignal(signal)
               << ": shutting down as if the agent had asked for it";
  Feed(task::Shutdown{});
}

// ---- The machine.

void Supervisor::Feed(task::Input input) {
  inputs_.push_back(std::move(input));
  if (std::exchange(feeding_, true)) return;
  while (!inputs_.empty()) {
    const task::Input next = std::move(inputs_.front());
    inputs_.pop_front();
    for (const task::Action& action : machine_.Handle(next, loop_->Now())) {
      std::visit([this](const auto& concrete) { Do(concrete); }, action);
    }
  }
  feeding_ = false;
  ArmDeadline();
}

void Supervisor::ArmDeadline() {
  deadline_.reset();
  if (machine_.deadline() == absl::InfiniteFuture()) return;
  deadline_ = loop_->After(machine_.deadline() - loop_->Now(), [this] {
    const bool killing = machine_.state() == task::TaskMachine::State::kKilling;
    Feed(task::DeadlineReached{killing ? tree_.Survivors() : std::vector<std::string>()});
  });
}

void Supervisor::Record(TimelineEntry entry) {
  // Bounded: from there on nothing repeats itself.
  entry.end = machine_.state() > task::TaskMachine::State::kRunning;
  timeline_.Add(entry, absl::Now());
}

// ---- What the machine wants done.

void Supervisor::Do(const task::SendUpdate& action) {
  mesos::v1::TaskStatus status;
  status.mutable_task_id()->set_value(action.task_id);
  status.set_state(action.state);
  if (!action.message.empty()) status.set_message(action.message);
  if (action.reason) status.set_reason(*action.reason);
  if (action.healthy) status.set_healthy(*action.healthy);
  if (action.check_status) *status.mutable_check_status() = *action.check_status;
  const std::string& name = mesos::v1::TaskState_Name(action.state);
  const std::string health = !action.healthy ? "" : *action.healthy ? "healthy" : "unhealthy";
  LOG(INFO) << name << " " << health << (health.empty() ? "" : " ") << action.message;
  Record(
      {.kind = TimelineKind::kState, .name = name, .outcome = health, .message = action.message});
  agent_.Send(std::move(status));
}

void Supervisor::Do(const task::AskSidecars& action) {
  if (action.phase == lifecycle::v1::BEFORE_START) AttachSidecars();
  const Phase phase = action.phase;
  if (!sidecars_->empty()) {
    Record({.kind = TimelineKind::kPhase, .name = std::string(lifecycle::PhaseName(phase))});
  }
  sidecars_->Ask(phase, action.health, action.cap, [this, phase](lifecycle::PhaseResult result) {
    task::PhaseDone done{
        .phase = phase, .failure = std::string(result.status.message()), .hold = result.hold};
    for (const auto& [name, value] : result.environment) {
      LOG(INFO) << "A sidecar sets the environment variable " << name;
      done.environment.push_back(absl::StrCat(name, "=", value));
    }
    Feed(std::move(done));
  });
}

void Supervisor::Do(const task::CancelAsk&) { sidecars_->CancelAsk(); }

void Supervisor::Do(const task::FinishSidecars& action) {
  if (sidecars_ == nullptr) return Feed(task::Flushed{});
  if (!sidecars_->empty()) {
    Record({.kind = TimelineKind::kPhase,
            .name = std::string(lifecycle::PhaseName(lifecycle::v1::TERMINATED))});
  }
  sidecars_->Finish(action.bound, [this] { Feed(task::Flushed{}); });
}

void Supervisor::Do(const task::LaunchProcess& action) {
  // Checked when the LAUNCH came.
  launch::Command command = *launch::CommandOf(task_, OwnPath().filename().string());
  tree_.Launch({.argv = std::move(command.argv),
                .program = std::move(command.program),
                .environment = launch::EnvironmentOf(task_, environment_, action.environment),
                .user = std::move(command.user)});
}

void Supervisor::Do(const task::TerminateTree&) {
  RecordSignal("terminate", "SIGTERM");
  tree_.Terminate();
}

void Supervisor::Do(const task::KillTree&) {
  RecordSignal("kill", "SIGKILL");
  tree_.Kill();
}

void Supervisor::RecordSignal(const char* name, const char* signal) {
  const std::vector<std::string> processes = tree_.Survivors();
  // A task that ended by itself mostly leaves nothing behind.
  if (processes.empty()) return;
  Record({.kind = TimelineKind::kProcess,
          .name = name,
          .message = absl::StrCat(signal, " to ", ShortList(processes))});
}

void Supervisor::Do(const task::RequestStop&) { Feed(task::StopRefused{}); }

void Supervisor::Do(const task::StartChecks&) {
  if (!task_.has_health_check()) return;
  const absl::StatusOr<health::CheckDefinition> definition =
      health::ToCheckDefinition(task_.health_check(), configuration_.public_ip);
  if (!definition.ok()) {
    // As Mesos' own executors do: the task runs, unchecked.
    LOG(ERROR) << "The task runs without its health check: " << definition.status().message();
    return Record({.kind = TimelineKind::kCheck,
                   .name = "health",
                   .outcome = "invalid",
                   .message = std::string(definition.status().message())});
  }
  health::HealthChecker::Observer* const observer = this;
  health_checker_ = std::make_unique<health::HealthChecker>(
      loop_, health::NewProber(loop_, http_client_.get(), *definition), *definition, observer);
  health_checker_->Start();
}

void Supervisor::Do(const task::StopChecks&) { health_checker_.reset(); }

void Supervisor::Do(const task::Exit& action) {
  LOG(INFO) << "Leaving with exit code " << action.code << ": " << action.why;
  Record({.kind = TimelineKind::kProcess, .name = "leave", .message = action.why});
  exit_code_ = action.code;
  agent_.Stop();
  loop_->Stop();
}

void Supervisor::AttachSidecars() {
  const lifecycle::v1::Task facts =
      lifecycle::MakeTask(task_,
                          {.framework_id = configuration_.agent.framework_id,
                           .executor_id = configuration_.agent.executor_id,
                           .agent_id = subscribed_.agent_info().id().value(),
                           .agent_hostname = subscribed_.agent_info().hostname()},
                          environment_);
  lifecycle::SidecarConfigs configs =
      lifecycle::ConfigureSidecars(environment_, facts, OwnPath().parent_path().string());
  for (const std::string& warning : configs.warnings) LOG(WARNING) << warning;
  const auto watch = [this](pid_t pid, absl::AnyInvocable<void(int)> exited) {
    return reaper_->Watch(pid, std::move(exited));
  };
  sidecars_ = lifecycle::LaunchSidecars(loop_, std::move(configs.sidecars), facts, NewIncarnation(),
                                        watch, this);
}

// ---- The agent.

void Supervisor::OnSubscribed(const Event::Subscribed& subscribed) {
  LOG(INFO) << "Subscribed to the agent " << subscribed.agent_info().id().value();
  Record({.kind = TimelineKind::kAgent, .name = "subscribed"});
  subscribed_ = subscribed;
  Feed(task::Subscribed{.task_killing = WantsTaskKilling(subscribed.framework_info())});
}

void Supervisor::OnLaunch(const mesos::v1::TaskInfo& task) {
  const std::string& task_id = task.task_id().value();
  LOG(INFO) << "LAUNCH " << task_id;
  Record({.kind = TimelineKind::kAgent, .name = "LAUNCH", .message = task_id});
  // Only the first one is ours; the machine refuses others.
  if (machine_.state() == task::TaskMachine::State::kIdle) task_ = task;
  const absl::Status runnable = launch::CommandOf(task, OwnPath().filename().string()).status();
  Feed(task::Launch{.task_id = task_id,
                    .kill_grace = GraceOf(task.kill_policy()),
                    .invalid = std::string(runnable.message())});
}

void Supervisor::OnLaunchGroup(const mesos::v1::TaskGroupInfo& group) {
  task::LaunchGroup input;
  for (const auto& task : group.tasks()) input.task_ids.push_back(task.task_id().value());
  Feed(std::move(input));
}

void Supervisor::OnKill(const Event::Kill& kill) {
  LOG(INFO) << "KILL " << kill.task_id().value();
  Record({.kind = TimelineKind::kAgent, .name = "KILL"});
  Feed(task::Kill{.task_id = kill.task_id().value(), .kill_grace = GraceOf(kill.kill_policy())});
}

void Supervisor::OnShutdown() {
  LOG(INFO) << "SHUTDOWN";
  Record({.kind = TimelineKind::kAgent, .name = "SHUTDOWN"});
  Feed(task::Shutdown{});
}

void Supervisor::OnMessage(const std::string& data) {
  LOG(INFO) << "Ignoring a framework message of " << data.size() << " bytes";
}

void Supervisor::OnUpdateAcknowledged(const mesos::v1::TaskStatus& status) {
  VLOG(1) << mesos::v1::TaskState_Name(status.state()) << " is acknowledged";
}

void Supervisor::OnUpdateRefused(const mesos::v1::TaskStatus& status, const absl::Status& why) {
  const std::string& state = mesos::v1::TaskState_Name(status.state());
  LOG(ERROR) << "A bug of ours: " << state << " is lost, as " << why.message();
  Record({.kind = TimelineKind::kAgent,
          .name = "update refused",
          .outcome = state,
          .message = std::string(why.message())});
}

void Supervisor::OnAllSettled(bool) { Feed(task::AllAcknowledged{}); }

void Supervisor::OnDisconnected(absl::Status why) {
  LOG(WARNING) << "No connection to the agent: " << why.message();
  Record({.kind = TimelineKind::kAgent,
          .name = "disconnected",
          .message = std::string(why.message())});
  Feed(task::Disconnected{});
}

void Supervisor::OnLost(absl::Status why) {
  LOG(WARNING) << "The agent is gone for good: " << why.message();
  Record({.kind = TimelineKind::kAgent, .name = "lost", .message = std::string(why.message())});
  Feed(task::AgentLost{std::string(why.message())});
}

// ---- The task's processes.

void Supervisor::OnStarted(pid_t main_pid) {
  Record({.kind = TimelineKind::kProcess,
          .name = "started",
          .message = absl::StrCat("pid ", main_pid)});
  Feed(task::Started{});
}

void Supervisor::OnExecFailed(const absl::Status& why) {
  Record({.kind = TimelineKind::kProcess,
          .name = "not started",
          .message = std::string(why.message())});
  Feed(task::LaunchFailed{std::string(why.message())});
}

void Supervisor::OnMainExited(int wait_status) {
  Record({.kind = TimelineKind::kProcess,
          .name = "exited",
          .message = task::DescribeWaitStatus(wait_status)});
  Feed(task::MainExited{wait_status});
}

void Supervisor::OnShimDied() {
  LOG(ERROR) << "The shim died; killing all that is left of the task";
  Record({.kind = TimelineKind::kProcess, .name = "shim died"});
  Feed(task::ShimDied{});
}

void Supervisor::OnTreeGone() {
  Record({.kind = TimelineKind::kProcess, .name = "gone"});
  Feed(task::TreeGone{});
}

// ---- The sidecars.

void Supervisor::OnSidecarUp(const std::string& name, lifecycle::Mode mode,
                             const std::string& version) {
  const char* const where =
      mode == lifecycle::Mode::kHost ? "daemon of the host" : "private process";
  LOG(INFO) << "The sidecar " << name << " " << version << " is attached (" << where << ")";
  Record({.kind = TimelineKind::kPhase, .name = "attached", .sidecar = name, .message = where});
}

void Supervisor::OnSidecarDown(const std::string& name, lifecycle::Mode mode,
                               const std::string& why) {
  LOG(WARNING) << "The sidecar " << name << " is not there: " << why;
  Record({.kind = TimelineKind::kPhase,
          .name = mode == lifecycle::Mode::kAbsent ? "absent" : "down",
          .sidecar = name,
          .message = why});
}

void Supervisor::OnSidecarAnswer(const std::string& name, Phase phase, lifecycle::Outcome outcome,
                                 absl::Duration took, const std::string& message) {
  const std::string phase_name(lifecycle::PhaseName(phase));
  const std::string outcome_name(lifecycle::OutcomeName(outcome));
  LOG(INFO) << "The sidecar " << name << " answers " << phase_name << " with " << outcome_name
            << " after " << absl::FormatDuration(took) << (message.empty() ? "" : ": ") << message;
  Record({.kind = TimelineKind::kPhase,
          .name = phase_name,
          .sidecar = name,
          .outcome = outcome_name,
          .took = took,
          .message = message});
}

// ---- The health check.

void Supervisor::OnHealthy() { Feed(task::BecameHealthy{}); }

void Supervisor::OnUnhealthy(const std::string& why, bool kill) {
  Feed(task::FailedCheck{.why = why, .kill = kill});
}

void Supervisor::OnResult(bool success, absl::Duration took, const std::string& why) {
  if (std::exchange(last_check_, success) == success) return;
  Record({.kind = TimelineKind::kCheck,
          .name = "health",
          .outcome = success ? "ok" : "failed",
          .took = took,
          .message = why});
}

}  // namespace mesos_executor
