#include "integration/bench/executor_life.h"

#include <stdlib.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <system_error>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "integration/dev_agent/dev_agent.h"

namespace mesos_executor::bench {
namespace {

namespace fs = std::filesystem;
using dev_agent::AgentEvent;
using mesos::v1::executor::Event;

absl::Time TimeOf(const std::vector<AgentEvent>& events,
                  const std::function<bool(const AgentEvent&)>& wanted) {
  for (const AgentEvent& event : events) {
    if (wanted(event)) return event.time;
  }
  return absl::InfiniteFuture();
}
absl::Time TimeOf(const std::vector<AgentEvent>& events, AgentEvent::Kind kind) {
  return TimeOf(events, [kind](const AgentEvent& event) { return event.kind == kind; });
}
absl::Time TimeOf(const std::vector<AgentEvent>& events, Event::Type sent) {
  return TimeOf(events, [sent](const AgentEvent& event) {
    return event.kind == AgentEvent::kEventSent && event.event.type() == sent;
  });
}
absl::Time TimeOf(const std::vector<AgentEvent>& events, mesos::v1::TaskState state) {
  return TimeOf(events, [state](const AgentEvent& event) {
    return event.kind == AgentEvent::kUpdate && event.status.state() == state;
  });
}

// The process and those of its children that run the same program.
std::vector<pid_t> WithShim(pid_t executor) {
  std::vector<pid_t> processes = {executor};
  std::error_code error;
  const auto program = [&](pid_t pid) {
    return fs::read_symlink(absl::StrCat("/proc/", pid, "/exe"), error);
  };
  std::ifstream children(absl::StrCat("/proc/", executor, "/task/", executor, "/children"));
  for (pid_t child; children >> child;) {
    if (program(child) == program(executor)) processes.push_back(child);
  }
  return processes;
}

absl::Status TooLate(absl::string_view step, const std::string& executor) {
  return absl::DeadlineExceededError(absl::StrCat(executor, ": no ", step, " within a minute"));
}

}  // namespace

absl::StatusOr<Life> LiveUnderAgent(const LifeSpec& spec) {
  std::string sandbox = "/tmp/bench.XXXXXX";
  if (mkdtemp(sandbox.data()) == nullptr) return absl::ErrnoToStatus(errno, "mkdtemp");
  const absl::Cleanup remove = [&] { fs::remove_all(sandbox); };
  auto started = dev_agent::DevAgent::Start();
  if (!started.ok()) return started.status();
  dev_agent::DevAgent& agent = **started;

  dev_agent::ExecutorLaunch launch = dev_agent::NewLaunch("bench", sandbox);
  // No daemon of the host has a part in this.
  dev_agent::SetVariable("ALLEGRO_EXECUTOR_SIDECAR_DIR", sandbox, &launch);
  if (spec.checked_port != 0) {
    dev_agent::SetPorts({{.number = spec.checked_port, .name = "http"}}, &launch);
    auto* check = launch.task.mutable_health_check();
    check->set_type(mesos::v1::HealthCheck::HTTP);
    check->mutable_http()->set_port(spec.checked_port);
    check->mutable_http()->set_path("/health");
    check->set_delay_seconds(0);
    check->set_interval_seconds(1);
    check->set_grace_period_seconds(60);
  }
  if (!spec.consul.empty()) {
    dev_agent::SetVariable("CONSUL_HTTP_ADDR", spec.consul, &launch);
    auto* label = launch.task.mutable_labels()->add_labels();
    label->set_key("consul");
    label->set_value("bench");
  }
  dev_agent::SetCommand(spec.executor, spec.command, dev_agent::CommandIn::kExecutor, &launch);
  if (absl::Status status = agent.Launch(launch); !status.ok()) return status;
  if (!agent.WaitForUpdate(mesos::v1::TASK_RUNNING)) return TooLate("TASK_RUNNING", spec.executor);
  if (spec.checked_port != 0 && !agent.WaitFor([](const std::vector<AgentEvent>& events) {
        return TimeOf(events, [](const AgentEvent& e) { return e.status.healthy(); }) <
               absl::InfiniteFuture();
      })) {
    return TooLate("healthy TASK_RUNNING", spec.executor);
  }

  Life life;
  const std::vector<pid_t> processes = WithShim(agent.executor_pid());
  if (spec.watch > absl::ZeroDuration()) {
    // What is measured here is a rate over a time: there is no event to wait for. The start's own
    // work ends within a second.
    absl::SleepFor(absl::Seconds(1));
    const auto before = TimeOf(processes);
    absl::SleepFor(spec.watch);
    const auto after = TimeOf(processes);
    if (!before.ok()) return before.status();
    if (!after.ok()) return after.status();
    life.waits = (after->waits - before->waits) / absl::ToDoubleSeconds(spec.watch);
    life.cpu = (after->cpu - before->cpu) / absl::ToDoubleSeconds(spec.watch);
  }
  const auto memory = MemoryOf(processes);
  const auto own = MemoryOf({agent.executor_pid()});
  agent.Kill();
  if (!agent.WaitForUpdate(mesos::v1::TASK_KILLED)) return TooLate("TASK_KILLED", spec.executor);
  if (!agent.WaitFor(AgentEvent::kExecutorExited)) return TooLate("exit", spec.executor);
  if (!memory.ok()) return memory.status();
  if (!own.ok()) return own.status();
  life.memory = *memory;
  life.rss_mb = own->rss_mb;

  const std::vector<AgentEvent> events = agent.events();
  life.exec_to_subscribe =
      TimeOf(events, AgentEvent::kSubscribed) - TimeOf(events, AgentEvent::kExecutorStarted);
  life.launch_to_running = TimeOf(events, mesos::v1::TASK_RUNNING) - TimeOf(events, Event::LAUNCH);
  life.kill_to_killed = TimeOf(events, mesos::v1::TASK_KILLED) - TimeOf(events, Event::KILL);
  return life;
}

}  // namespace mesos_executor::bench
