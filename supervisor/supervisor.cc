#include "supervisor/supervisor.h"

#include <glog/logging.h>
#include <string.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <system_error>
#include <utility>

#include "absl/time/clock.h"
#include "supervisor/graceful_stop/stop_request.h"
#include "supervisor/launch/command.h"
#include "supervisor/lifecycle/task_facts.h"

namespace mesos_executor {
namespace {

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

}  // namespace

Supervisor::Supervisor(AsioEventLoop* loop, process::ChildReaper* reaper, process::Shim shim,
                       Configuration configuration, Environment environment, Timeline timeline)
    : loop_(loop),
      configuration_(std::move(configuration)),
      environment_(std::move(environment)),
      recorder_(std::move(timeline)),
      machine_(configuration_.limits, loop->Now()),
      http_client_(NewHttpClient(loop)),
      agent_(loop, configuration_.agent, this),
      processes_(loop, reaper, std::move(shim), &configuration_, &recorder_, Feeder()),
      checks_(loop, http_client_.get(), &recorder_, Feeder()),
      sidecars_(loop, reaper, &recorder_, Feeder()) {}

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

absl::AnyInvocable<void(task::Input)> Supervisor::Feeder() {
  return [this](task::Input input) { Feed(std::move(input)); };
}

void Supervisor::Feed(task::Input input) {
  inputs_.push_back(std::move(input));
  if (std::exchange(feeding_, true)) return;
  while (!inputs_.empty()) {
    const task::Input next = std::move(inputs_.front());
    inputs_.pop_front();
    for (const task::Action& action : machine_.Handle(next, loop_->Now())) {
      std::visit([this](const auto& concrete) { Do(concrete); }, action);
    }
    recorder_.set_ending(machine_.state() > task::TaskMachine::State::kRunning);
  }
  feeding_ = false;
  ArmDeadline();
}

void Supervisor::ArmDeadline() {
  deadline_.reset();
  if (machine_.deadline() == absl::InfiniteFuture()) return;
  deadline_ = loop_->After(machine_.deadline() - loop_->Now(), [this] {
    const bool killing = machine_.state() == task::TaskMachine::State::kKilling;
    Feed(killing ? processes_.Survivors() : task::DeadlineReached());
  });
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
  recorder_.Add(
      {.kind = TimelineKind::kState, .name = name, .outcome = health, .message = action.message});
  agent_.Send(std::move(status));
}

void Supervisor::Do(const task::AskSidecars& action) {
  if (action.phase == lifecycle::v1::BEFORE_START) AttachSidecars();
  sidecars_.Ask(action);
}

void Supervisor::Do(const task::CancelAsk&) { sidecars_.CancelAsk(); }

void Supervisor::Do(const task::FinishSidecars& action) { sidecars_.Finish(action); }

void Supervisor::Do(const task::LaunchProcess& action) {
  processes_.Launch(plan_, launch::EnvironmentOf(task_, environment_, action.environment),
                    sidecars_.TakeTaskOutput());
}

void Supervisor::Do(const task::TerminateTree&) {
  stop_request_.reset();
  processes_.Terminate();
}

void Supervisor::Do(const task::KillTree&) {
  stop_request_.reset();
  processes_.Kill();
}

void Supervisor::Do(const task::RequestStop& action) {
  const std::string& path = plan_.stop->paths[action.number];
  recorder_.Add({.kind = TimelineKind::kProcess, .name = "asked to stop", .message = path});
  stop_request_ = graceful_stop::RequestStop(
      http_client_.get(), *plan_.stop, action.number, [this, path](absl::Status status) {
        if (status.ok()) return;
        LOG(WARNING) << "The task can't be asked to stop by " << path << ": " << status.message();
        Feed(task::StopRefused{});
      });
}

void Supervisor::Do(const task::StartChecks&) {
  checks_.Start(plan_, configuration_.sandbox, processes_.commands());
}

void Supervisor::Do(const task::StopChecks&) { checks_.Stop(); }

void Supervisor::Do(const task::Exit& action) {
  LOG(INFO) << "Leaving with exit code " << action.code << ": " << action.why;
  recorder_.Add({.kind = TimelineKind::kProcess, .name = "leave", .message = action.why});
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
  sidecars_.Attach(
      facts, environment_, OwnPath().parent_path().string(),
      {.sandbox = configuration_.sandbox, .user = plan_.command.user, .limit = plan_.spool_limit});
}

// ---- The agent.

void Supervisor::OnSubscribed(const Event::Subscribed& subscribed) {
  LOG(INFO) << "Subscribed to the agent " << subscribed.agent_info().id().value();
  recorder_.Add({.kind = TimelineKind::kAgent, .name = "subscribed"});
  subscribed_ = subscribed;
  Feed(task::Subscribed{.task_killing = WantsTaskKilling(subscribed.framework_info())});
}

void Supervisor::OnLaunch(const mesos::v1::TaskInfo& task) {
  const std::string& task_id = task.task_id().value();
  LOG(INFO) << "LAUNCH " << task_id;
  recorder_.Add({.kind = TimelineKind::kAgent, .name = "LAUNCH", .message = task_id});
  std::random_device random;
  TaskPlan plan =
      PlanTask(task, {.configuration = configuration_,
                      .environment = environment_,
                      .own_program = OwnPath().filename().string(),
                      .now = absl::Now(),
                      .expiration_share = std::uniform_real_distribution<double>()(random)});
  task::Launch launch = plan.launch;
  // Only the first one is ours; the machine refuses others.
  if (machine_.state() == task::TaskMachine::State::kIdle) {
    for (const std::string& warning : plan.warnings) LOG(WARNING) << warning;
    task_ = task;
    plan_ = std::move(plan);
  }
  Feed(std::move(launch));
}

void Supervisor::OnLaunchGroup(const mesos::v1::TaskGroupInfo& group) {
  task::LaunchGroup input;
  for (const auto& task : group.tasks()) input.task_ids.push_back(task.task_id().value());
  Feed(std::move(input));
}

void Supervisor::OnKill(const Event::Kill& kill) {
  LOG(INFO) << "KILL " << kill.task_id().value();
  recorder_.Add({.kind = TimelineKind::kAgent, .name = "KILL"});
  Feed(task::Kill{.task_id = kill.task_id().value(), .kill_grace = GraceOf(kill.kill_policy())});
}

void Supervisor::OnShutdown() {
  LOG(INFO) << "SHUTDOWN";
  recorder_.Add({.kind = TimelineKind::kAgent, .name = "SHUTDOWN"});
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
  recorder_.Add({.kind = TimelineKind::kAgent,
                 .name = "update refused",
                 .outcome = state,
                 .message = std::string(why.message())});
}

void Supervisor::OnAllSettled(bool terminal_refused) {
  Feed(task::AllSettled{.terminal_refused = terminal_refused});
}

void Supervisor::OnDisconnected(absl::Status why) {
  LOG(WARNING) << "No connection to the agent: " << why.message();
  recorder_.Add({.kind = TimelineKind::kAgent,
                 .name = "disconnected",
                 .message = std::string(why.message())});
  Feed(task::Disconnected{});
}

void Supervisor::OnLost(absl::Status why) {
  LOG(WARNING) << "The agent is gone for good: " << why.message();
  recorder_.Add(
      {.kind = TimelineKind::kAgent, .name = "lost", .message = std::string(why.message())});
  Feed(task::AgentLost{std::string(why.message())});
}

}  // namespace mesos_executor
