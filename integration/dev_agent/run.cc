#include "integration/dev_agent/run.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "integration/dev_agent/dev_agent.h"
#include "integration/dev_agent/timeline.h"
#include "integration/free_port/free_port.h"
#include "supervisor/base/task_state.h"
#include "supervisor/event_loop/asio_event_loop.h"
#include "supervisor/event_loop/signal_watch.h"

namespace mesos_executor::dev_agent {
namespace {

// How long an executor may stay after its terminal update, and how much longer than its kill policy
// it may take to make one when nobody is there to press Ctrl-C.
constexpr absl::Duration kPatience = absl::Seconds(15);

// Gives each port without a number a free one.
absl::Status AllocatePorts(std::vector<Port>* ports) {
  const auto unnumbered = [](const Port& port) { return port.number == 0; };
  const auto free_ports = FreePorts(std::count_if(ports->begin(), ports->end(), unnumbered));
  if (!free_ports.ok()) return free_ports.status();
  auto next = free_ports->begin();
  for (Port& port : *ports) {
    if (unnumbered(port)) port.number = *next++;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> MakeSandbox(const std::string& wanted) {
  std::error_code error;
  if (!wanted.empty()) {
    std::filesystem::create_directories(wanted, error);
    const std::string path = std::filesystem::canonical(wanted, error);
    if (error) {
      return absl::InvalidArgumentError(
          absl::StrCat("--sandbox ", wanted, ": cannot be made: ", error.message()));
    }
    return path;
  }
  std::string path = std::filesystem::temp_directory_path(error) / "dev-agent.XXXXXX";
  if (error || mkdtemp(path.data()) == nullptr) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot make the sandbox ", path));
  }
  return path;
}

absl::StatusOr<std::string> FindExecutor(const std::string& wanted) {
  std::error_code error;
  const std::filesystem::path here =
      std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  std::vector<std::filesystem::path> candidates = {here / "mesos-executor",
                                                   here / "../../supervisor/mesos-executor"};
  if (!wanted.empty()) candidates = {wanted};
  for (const auto& candidate : candidates) {
    const std::string path = std::filesystem::canonical(candidate, error);
    if (!error && access(path.c_str(), X_OK) == 0 && !std::filesystem::is_directory(path, error)) {
      return path;
    }
  }
  return absl::InvalidArgumentError(
      wanted.empty() ? "no mesos-executor beside this program: say where it is with --executor PATH"
                     : absl::StrCat("--executor ", wanted, ": is no file that can be executed"));
}

absl::StatusOr<std::string> ReadSecret(const std::string& path) {
  constexpr size_t kMaxSecret = 64 << 10;
  std::ifstream file(path, std::ios::binary);
  std::string secret(kMaxSecret + 1, '\0');
  file.read(secret.data(), static_cast<std::streamsize>(secret.size()));
  secret.resize(file.gcount());
  if (secret.empty() || secret.size() > kMaxSecret) {
    return absl::InvalidArgumentError(
        absl::StrCat("--jwt-secret ", path, ": cannot be read, is empty, or has more than 64 KiB"));
  }
  return secret;
}

absl::StatusOr<AgentOptions> MakeAgentOptions(const RunOptions& options,
                                              const std::string& sandbox) {
  AgentOptions agent{.tls = options.tls, .faults = options.faults};
  if (options.unix_socket) {
    agent.unix_socket = options.unix_socket->empty() ? sandbox + ".sock" : *options.unix_socket;
  }
  if (!options.jwt_secret_file.empty()) {
    auto secret = ReadSecret(options.jwt_secret_file);
    if (!secret.ok()) return secret.status();
    agent.jwt_secret = *std::move(secret);
  }
  return agent;
}

absl::StatusOr<ExecutorLaunch> MakeLaunch(const RunOptions& options) {
  auto executor = FindExecutor(options.executor);
  if (!executor.ok()) return executor.status();
  std::vector<Port> ports = options.ports;
  if (auto status = AllocatePorts(&ports); !status.ok()) return status;
  auto sandbox = MakeSandbox(options.sandbox);
  if (!sandbox.ok()) return sandbox.status();

  ExecutorLaunch launch = NewLaunch(options.name, *sandbox);
  SetCommand(*executor, options.command, options.command_in, &launch);
  for (const auto& [name, value] : options.variables) SetVariable(name, value, &launch);
  SetPorts(ports, &launch);
  for (const auto& [key, value] : options.labels) {
    auto* label = launch.task.mutable_labels()->add_labels();
    label->set_key(key);
    label->set_value(value);
  }
  if (options.health) {
    auto* check = launch.task.mutable_health_check();
    *check = *options.health;
    if (check->has_http()) check->mutable_http()->set_port(ports[0].number);
    if (check->type() == mesos::v1::HealthCheck::TCP) {
      check->mutable_tcp()->set_port(ports[0].number);
    }
  }
  if (options.kill_policy) {
    launch.task.mutable_kill_policy()->mutable_grace_period()->set_nanoseconds(
        absl::ToInt64Nanoseconds(*options.kill_policy));
  }
  launch.framework.set_checkpoint(options.checkpoint);
  if (options.capabilities) {
    launch.framework.clear_capabilities();
    for (const auto type : *options.capabilities) {
      launch.framework.add_capabilities()->set_type(type);
    }
  }
  launch.recovery_timeout = options.recovery_timeout;
  launch.shutdown_grace = options.shutdown_grace;
  launch.user = options.user;
  launch.container_destroy = options.container_destroy;
  return launch;
}

// One run, on the thread of main().
class Runner {
 public:
  explicit Runner(const RunOptions& options) : options_(options), start_(absl::Now()) {}

  absl::StatusOr<bool> Run() {
    auto launch = MakeLaunch(options_);
    if (!launch.ok()) return launch.status();
    const auto signals =
        WatchSignals(&loop_, {SIGINT, SIGTERM, SIGHUP}, [this](int) { OnSignal(); });
    if (!signals.ok()) return signals.status();
    auto agent_options = MakeAgentOptions(options_, launch->sandbox);
    if (!agent_options.ok()) return agent_options.status();
    auto agent = DevAgent::Start(*std::move(agent_options), [this](const AgentEvent& event) {
      loop_.Post([this, event] { OnEvent(event); });
    });
    if (!agent.ok()) return agent.status();
    agent_ = *std::move(agent);
    Say(absl::StrCat("listening on ", agent_->endpoint(),
                     options_.tls.certificate_file.empty() ? "" : " (TLS)"));
    Say(absl::StrCat("task ", launch->task.task_id().value(), ", sandbox ", launch->sandbox));
    if (auto status = agent_->Launch(*launch); !status.ok()) return status;
    if (options_.run_for) run_for_ = loop_.After(*options_.run_for, [this] { KillUnattended(); });
    loop_.Run();
    agent_.reset();
    const bool as_asked =
        state_ == mesos::v1::TASK_FINISHED || (state_ == mesos::v1::TASK_KILLED && killed_by_us_);
    Say(absl::StrCat("the task ended as ", mesos::v1::TaskState_Name(*state_),
                     as_asked ? ", as asked" : ", which was not asked for"));
    if (!as_asked)
      Say(absl::StrCat("the executor's own words are in ", launch->sandbox, "/stderr"));
    return as_asked;
  }

 private:
  void Print(const std::string& line) {
    puts(line.c_str());
    fflush(stdout);
  }

  void Say(const std::string& text) {
    Print(options_.json ? JsonLine("agent", text, absl::Now(), start_)
                        : TextLine("agent", text, absl::Now(), start_));
  }

  void OnEvent(const AgentEvent& event) {
    Print(options_.json ? JsonLine(event, start_) : TextLine(event, start_));
    const bool update = event.kind == AgentEvent::kUpdate && !event.repeated;
    if (update && event.status.state() == mesos::v1::TASK_RUNNING && options_.kill_after &&
        !kill_after_) {
      kill_after_ = loop_.After(*options_.kill_after, [this] { KillUnattended(); });
    }
    if (update && IsTerminal(event.status.state()) && !state_) {
      state_ = event.status.state();
      // A framework whose last task has ended goes away, and its executors with it.
      give_up_ = loop_.After(kPatience, [this] {
        Say("the executor stays although its task has ended");
        agent_->Shutdown();
        // An agent that has forgotten it has no SHUTDOWN for it.
        give_up_ = loop_.After(options_.shutdown_grace + kPatience,
                               [this] { agent_->DestroyContainer(); });
      });
    }
    if (event.kind == AgentEvent::kExecutorExited) executor_exited_ = true;
    emptied_ |= event.kind == AgentEvent::kContainerDestroyed;
    // With container_destroy off, what is left may live on for ever.
    if (state_ && executor_exited_ && (emptied_ || !options_.container_destroy)) loop_.Stop();
  }

  void KillUnattended() {
    Kill();
    give_up_ = loop_.After(options_.kill_policy.value_or(absl::Seconds(5)) + kPatience, [this] {
      Say("the task does not end after KILL");
      agent_->Shutdown();
    });
  }

  void Kill() {
    killed_by_us_ = true;
    agent_->Kill();
  }

  void OnSignal() {
    switch (++signals_) {
      case 1:
        Say("KILL, as you ask; once more for SHUTDOWN");
        Kill();
        return;
      case 2:
        Say("SHUTDOWN, as you ask; once more to kill the container");
        agent_->Shutdown();
        return;
      default:
        agent_->DestroyContainer();
    }
  }

  const RunOptions& options_;
  const absl::Time start_;
  AsioEventLoop loop_;
  std::unique_ptr<DevAgent> agent_;
  std::unique_ptr<Pending> run_for_;
  std::unique_ptr<Pending> kill_after_;
  std::unique_ptr<Pending> give_up_;
  int signals_ = 0;
  bool killed_by_us_ = false;
  bool executor_exited_ = false;
  bool emptied_ = false;
  // The task's last.
  std::optional<mesos::v1::TaskState> state_;
};

}  // namespace

absl::StatusOr<bool> Run(const RunOptions& options) { return Runner(options).Run(); }

}  // namespace mesos_executor::dev_agent
