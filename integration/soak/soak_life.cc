#include "integration/soak/soak_life.h"

#include <glog/logging.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "integration/dev_agent/dev_agent.h"
#include "integration/dev_agent/random_faults.h"
#include "integration/soak/update_difference.h"
#include "supervisor/base/task_state.h"

namespace mesos_executor {
namespace {

using dev_agent::AgentEvent;
using dev_agent::CutAnswer;
using dev_agent::FaultPlan;
using dev_agent::Trigger;

constexpr absl::Duration kWatchdog = absl::Minutes(2);

class Folder {
 public:
  Folder() {
    std::string path = "/tmp/soak.XXXXXX";
    PCHECK(mkdtemp(path.data()) != nullptr);
    path_ = path;
  }
  ~Folder() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::string Line(absl::string_view state, absl::string_view health, absl::string_view message) {
  return absl::StrCat(state, health.empty() ? "" : " ", health, message.empty() ? "" : ": ",
                      message);
}

std::string Line(const mesos::v1::TaskStatus& status) {
  return Line(mesos::v1::TaskState_Name(status.state()),
              !status.has_healthy() ? ""
              : status.healthy()    ? "healthy"
                                    : "unhealthy",
              status.message());
}

// What the executor says that it made.
std::vector<std::string> MadeUpdates(const std::string& sandbox) {
  std::vector<std::string> lines;
  std::ifstream file(sandbox + "/executor-timeline.jsonl");
  for (std::string text; std::getline(file, text);) {
    const auto entry = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!entry.is_object() || entry.value("kind", "") != "state") continue;
    lines.push_back(
        Line(entry.value("name", ""), entry.value("outcome", ""), entry.value("message", "")));
  }
  return lines;
}

// Who ends the task, or nobody.
enum class End { kItself, kKill, kItselfWhileChecked };

class Life {
 public:
  explicit Life(const SoakLife& life)
      : life_(life), random_(life.seed), end_(static_cast<End>(random_() % 3)), faults_(Faults()) {}

  SoakReport Run() {
    auto agent = dev_agent::DevAgent::Start({.faults = faults_});
    CHECK(agent.ok()) << agent.status();
    agent_ = *std::move(agent);
    const absl::Status launched = agent_->Launch(Launch());
    CHECK(launched.ok()) << launched;
    std::string problem = AwaitEnd();
    if (problem.empty()) problem = Compare();
    if (!problem.empty()) report_.problem = Explain(problem);
    Count();
    return report_;
  }

 private:
  FaultPlan Faults() {
    FaultPlan plan = dev_agent::RandomFaults(random_());
    // The first stream breaks once the task is on its way, and those after it where the number
    // says.
    const int update = 1 + static_cast<int>(random_() % 3);
    plan.push_back(
        {{.kind = Trigger::Kind::kUpdate, .first = update, .last = update, .after = true},
         dev_agent::BreakStream{}});
    for (int i = 0; i < 4; ++i) {
      const size_t bytes = life_.number % 250 + 250 * i;
      plan.push_back({{.kind = Trigger::Kind::kSubscribe, .first = 2 + i, .last = 2 + i},
                      CutAnswer{.bytes = bytes, .reset = random_() % 2 == 0}});
    }
    return plan;
  }

  dev_agent::ExecutorLaunch Launch() {
    dev_agent::ExecutorLaunch launch = dev_agent::NewLaunch("soak", folder_.path());
    launch.framework.set_checkpoint(true);
    launch.subscription_backoff_max = absl::Milliseconds(50);
    // No daemon of the host has a part in this.
    dev_agent::SetVariable("ALLEGRO_EXECUTOR_SIDECAR_DIR", folder_.path(), &launch);
    const std::string seconds = absl::StrCat("0.", random_() % 5);
    const int code = random_() % 2;
    std::string command = absl::StrCat("sleep ", seconds, "; exit ", code);
    if (end_ == End::kKill) command = "exec sleep 600";
    if (end_ == End::kItselfWhileChecked) {
      auto* const check = launch.task.mutable_health_check();
      check->set_type(mesos::v1::HealthCheck::COMMAND);
      // Another result each time.
      const std::string flag = folder_.path() + "/flag";
      check->mutable_command()->set_value(
          absl::StrCat("if [ -e ", flag, " ]; then rm ", flag, "; else : >", flag, "; exit 1; fi"));
      check->set_delay_seconds(0);
      check->set_interval_seconds(0.01);
      check->set_consecutive_failures(1'000'000);
    }
    dev_agent::SetCommand(life_.executor, command, dev_agent::CommandIn::kTask, &launch);
    return launch;
  }

  // Kills the task as often as it takes: a KILL that finds no stream is lost. Not before the executor
  // has spoken: a KILL that comes before LAUNCH is answered by the agent itself.
  std::string AwaitEnd() {
    const absl::Time deadline = absl::Now() + kWatchdog;
    while (!agent_->WaitFor(AgentEvent::kContainerDestroyed, absl::Milliseconds(200))) {
      if (absl::Now() > deadline) return "no end in two minutes";
      if (!report_.dropped) report_.dropped = Dropped();
      report_.unsettled = report_.unsettled || Unsettled();
      if (report_.dropped || report_.unsettled) {
        agent_->Shutdown();  // The executor would wait for another minute.
      } else if (end_ == End::kKill && !agent_->updates().empty()) {
        agent_->Kill();
      }
    }
    return "";
  }

  // The agent says that the executor never had the task.
  bool Dropped() const {
    const std::vector<mesos::v1::TaskStatus> updates = agent_->updates();
    return updates.size() == 1 && updates[0].state() == mesos::v1::TASK_DROPPED;
  }

  // The acknowledgement of the task's end was lost: an agent sends no second one.
  bool Unsettled() const {
    const std::vector<AgentEvent> events = agent_->events();
    return std::any_of(events.begin(), events.end(), [](const AgentEvent& event) {
      return event.kind == AgentEvent::kUpdateDropped && IsTerminal(event.status.state());
    });
  }

  std::string Compare() {
    report_.dropped |= Dropped();
    const std::vector<std::string> made = MadeUpdates(folder_.path());
    if (report_.dropped) {
      return made.empty() ? "" : "the agent says that the executor never had the task";
    }
    const int status = agent_->executor_wait_status().value_or(-1);
    if (!report_.unsettled && (!WIFEXITED(status) || WEXITSTATUS(status) != 0)) {
      return absl::StrCat("the executor left with status ", status);
    }
    std::vector<std::string> seen;
    int terminal = 0;
    for (const mesos::v1::TaskStatus& update : agent_->updates()) {
      seen.push_back(Line(update));
      terminal += IsTerminal(update.state());
    }
    if (terminal != 1 || !IsTerminal(agent_->updates().back().state())) {
      return "not one terminal update, at the end";
    }
    std::string difference = UpdateDifference(made, seen);
    if (difference.empty()) return "";
    return absl::StrCat(difference, "\nmade:\n  ", absl::StrJoin(made, "\n  "), "\nseen:\n  ",
                        absl::StrJoin(seen, "\n  "));
  }

  void Count() {
    report_.updates = agent_->updates().size();
    for (const AgentEvent& event : agent_->events()) {
      report_.repeated += event.kind == AgentEvent::kUpdate && event.repeated;
      report_.subscriptions += event.kind == AgentEvent::kSubscribed;
      report_.faults += event.kind == AgentEvent::kFault;
      if (event.kind != AgentEvent::kFault) continue;
      const auto fault = dev_agent::ParseFault(event.detail);
      if (!fault.ok() || fault->trigger.kind != Trigger::Kind::kSubscribe) continue;
      const auto* const cut = std::get_if<CutAnswer>(&fault->effect);
      if (cut != nullptr) report_.cuts.insert(cut->bytes);
    }
  }

  std::string Explain(absl::string_view problem) const {
    std::string text = absl::StrCat(problem, "\nfaults:\n", dev_agent::FaultPlanText(faults_),
                                    "\nthe agent's events:\n");
    for (const AgentEvent& event : agent_->events()) {
      absl::StrAppend(&text, "  ", absl::FormatTime("%H:%M:%E3S", event.time, absl::UTCTimeZone()),
                      " ", event.kind, " ", event.code == 0 ? "" : absl::StrCat(event.code, " "),
                      event.status.has_state() ? Line(event.status) : "", event.detail, "\n");
    }
    std::ifstream log(folder_.path() + "/stderr");
    absl::StrAppend(&text, "the executor's log:\n",
                    std::string(std::istreambuf_iterator<char>(log), {}));
    return text;
  }

  const SoakLife& life_;
  std::mt19937_64 random_;
  const End end_;
  const FaultPlan faults_;
  const Folder folder_;
  std::unique_ptr<dev_agent::DevAgent> agent_;
  SoakReport report_;
};

}  // namespace

SoakReport RunSoakLife(const SoakLife& life) { return Life(life).Run(); }

}  // namespace mesos_executor
