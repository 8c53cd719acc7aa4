#include "integration/quickstart/quickstart.h"

#include <signal.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "integration/dev_agent/dev_agent.h"
#include "integration/free_port/free_port.h"
#include "integration/quickstart/checklist.h"
#include "integration/quickstart/consul.h"
#include "integration/quickstart/folder.h"
#include "integration/quickstart/life.h"
#include "integration/quickstart/line_follower.h"
#include "integration/quickstart/output.h"
#include "integration/quickstart/processes.h"
#include "integration/quickstart/task.h"
#include "supervisor/event_loop/asio_event_loop.h"
#include "supervisor/event_loop/signal_watch.h"

namespace mesos_executor::quickstart {
namespace {

std::string NewMark() {
  std::random_device random;
  return absl::StrCat("QUICKSTART_MARK=", absl::Hex(random(), absl::kZeroPad8),
                      absl::Hex(random(), absl::kZeroPad8));
}

std::string Introduction(const Consul& consul, const dev_agent::DevAgent& agent,
                         uint16_t service_port, const std::string& sandbox, bool until_ctrl_c) {
  const std::string consul_url = absl::StrCat("http://127.0.0.1:", consul.port());
  return absl::StrCat(
      "\nOne task's whole life: an agent launches the executor; that runs a small HTTP service, "
      "checks its\n"
      "health, and has a sidecar register it in Consul. In the end all of it is undone.\n\n"
      "  agent     http://",
      agent.endpoint(),
      " (dev-agent: the agent's half of the executor API)\n"
      "  service   http://127.0.0.1:",
      service_port,
      "/\n"
      "  Consul    ",
      consul_url, consul.is_real() ? "/ui" : "/v1/agent/services",
      "\n"
      "            ",
      consul.description(),
      "\n"
      "  sandbox   ",
      sandbox, "\n\n",
      until_ctrl_c
          ? "Ctrl-C kills the task gracefully; a second Ctrl-C shuts the executor down.\n\n"
          : "");
}

std::vector<std::string> Texts(const std::vector<Process>& processes) {
  std::vector<std::string> texts;
  for (const Process& process : processes) texts.push_back(process.Text());
  return texts;
}

bool AllHappened(const std::vector<Step>& steps) {
  return std::all_of(steps.begin(), steps.end(), [](const Step& step) { return step.happened; });
}

}  // namespace

absl::StatusOr<bool> RunQuickstart(const Options& options) {
  AsioEventLoop loop;
  Life* life = nullptr;
  // First: threads that are started later must not get them.
  const auto signals =
      WatchSignals(&loop, {SIGINT, SIGTERM, SIGHUP}, [&life](int) { life->OnSignal(); });
  if (!signals.ok()) return signals.status();
  signal(SIGPIPE, SIG_IGN);
  AdoptOrphans();

  auto folder = Folder::Make();
  if (!folder.ok()) return folder.status();
  const auto executor = folder->Install(options.executor, "mesos-executor");
  if (!executor.ok()) return executor.status();
  const auto sidecar = folder->Install(options.sidecar, "consul-registrar");
  if (!sidecar.ok()) return sidecar.status();
  const absl::StatusOr<uint16_t> port = FreePort();
  if (!port.ok()) return port.status();
  auto consul = Consul::Start();
  if (!consul.ok()) return consul.status();

  Output output(&loop, options.json);
  auto agent = dev_agent::DevAgent::Start([&](const dev_agent::AgentEvent& event) {
    loop.Post([&life, event] { life->OnAgentEvent(event); });
  });
  if (!agent.ok()) return agent.status();
  const std::string mark = NewMark();
  dev_agent::ExecutorLaunch launch = DescribeTask({.executor = *executor,
                                                   .service = options.service,
                                                   .sandbox = folder->sandbox(),
                                                   .port = *port,
                                                   .consul_port = consul->port(),
                                                   .mark = mark});
  Life the_life(&loop, agent->get(), &output,
                {.task_id = launch.task.task_id().value(),
                 .service = {"127.0.0.1", *port},
                 .consul = {"127.0.0.1", consul->port()},
                 .mark = mark,
                 .run_for = options.run_for});
  life = &the_life;
  auto follower =
      LineFollower::Follow(&loop, folder->sandbox(), "executor-timeline.jsonl",
                           [life](absl::string_view line) { life->OnExecutorLine(line); });
  if (!follower.ok()) return follower.status();

  output.Introduce(Introduction(*consul, **agent, *port, folder->sandbox(), !options.run_for));
  output.Start(absl::Now());
  if (absl::Status status = (*agent)->Launch(std::move(launch)); !status.ok()) return status;
  loop.Run();
  (*follower)->CatchUp();

  Facts facts = the_life.facts();
  facts.updates = (*agent)->updates();
  facts.executor_wait_status = (*agent)->executor_wait_status();
  // What is left now was left by the executor: Consul was ours, and the agent kills nothing.
  consul = absl::CancelledError();
  agent->reset();
  facts.processes_left = Texts(LiveProcesses(mark));
  KillAll(mark);

  const std::vector<Step> steps = Judge(facts);
  output.Finish(steps);
  if (AllHappened(steps)) return true;
  folder->Keep();
  output.Note(absl::StrCat("quickstart: not every step happened; the executor's own words are in ",
                           folder->sandbox(), "/stderr"));
  return false;
}

}  // namespace mesos_executor::quickstart
