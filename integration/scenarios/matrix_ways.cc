#include "integration/scenarios/matrix_ways.h"

#include <glog/logging.h>
#include <signal.h>

#include <algorithm>

namespace mesos_executor {
namespace {

using dev_agent::AgentEvent;

void Signal(pid_t pid, int signal) { PCHECK(kill(pid, signal) == 0) << pid; }

void BeginKill(MatrixCell& cell, absl::Duration grace) {
  cell.scenario().agent().Kill(grace);
  CHECK(cell.scenario().agent().WaitForUpdate(mesos::v1::TASK_KILLING));
}

void CheckHealth(MatrixCell& cell) {
  auto* check = cell.scenario().launch().task.mutable_health_check();
  check->set_type(mesos::v1::HealthCheck::TCP);
  check->mutable_tcp()->set_port(cell.ListeningPort());
  check->set_delay_seconds(0);
  check->set_interval_seconds(0.05);
  check->set_consecutive_failures(1);
  check->set_grace_period_seconds(60);
}

void BecomeUnhealthy(MatrixCell& cell) {
  CHECK(cell.scenario().agent().WaitFor([](const std::vector<AgentEvent>& events) {
    return std::any_of(events.begin(), events.end(),
                       [](const AgentEvent& event) { return event.status.healthy(); });
  }));
  cell.Refuse();
}

// Neither sees the other's end.
void KillBoth(MatrixCell& cell) {
  MatrixCell::Stop(cell.supervisor());
  MatrixCell::Stop(cell.shim());
  Signal(cell.shim(), SIGKILL);
  Signal(cell.supervisor(), SIGKILL);
}

}  // namespace

const std::vector<MatrixCell::Way>& MatrixWays() {
  static const auto* const ways = new std::vector<MatrixCell::Way>{
      {.name = "exit",
       .updates = {"STARTING", "RUNNING", "FINISHED"},
       .prepare = [](MatrixCell& cell) { cell.set_ends_by_itself(); },
       .end = [](MatrixCell& cell) { cell.EndByItself(); }},
      {.name = "KILL",
       .updates = {"STARTING", "RUNNING", "KILLING", "KILLED"},
       .end = [](MatrixCell& cell) { cell.scenario().agent().Kill(); }},
      {.name = "KILL twice",
       .updates = {"STARTING", "RUNNING", "KILLING", "KILLED"},
       .end =
           [](MatrixCell& cell) {
             BeginKill(cell, absl::Hours(1));
             cell.scenario().agent().Kill();
           }},
      {.name = "SHUTDOWN",
       .updates = {"STARTING", "RUNNING", "KILLING", "KILLED"},
       .end = [](MatrixCell& cell) { cell.scenario().agent().Shutdown(); }},
      {.name = "KILL, SHUTDOWN",
       .updates = {"STARTING", "RUNNING", "KILLING", "KILLED"},
       .end =
           [](MatrixCell& cell) {
             BeginKill(cell, absl::Seconds(1));
             cell.scenario().agent().Shutdown();
           }},
      {.name = "unhealthy",
       .updates = {"STARTING", "RUNNING", "RUNNING healthy", "RUNNING unhealthy",
                   "KILLING unhealthy", "FAILED unhealthy"},
       .prepare = CheckHealth,
       .end = BecomeUnhealthy},
      {.name = "max completion",
       .updates = {"STARTING", "RUNNING", "FAILED"},
       .prepare =
           [](MatrixCell& cell) {
             cell.scenario().launch().task.mutable_max_completion_time()->set_nanoseconds(
                 absl::ToInt64Nanoseconds(cell.limit()));
           }},
      // Nobody is left to be told what the executor does; this agent's framework only hears of its
      // end.
      {.name = "agent gone",
       .updates = {"STARTING", "RUNNING", "agent: FAILED"},
       .end = [](MatrixCell& cell) { cell.scenario().agent().BreakStream(); }},
      {.name = "SIGTERM",
       .updates = {"STARTING", "RUNNING", "KILLING", "KILLED"},
       .end = [](MatrixCell& cell) { Signal(cell.supervisor(), SIGTERM); }},
      {.name = "-9 supervisor",
       .updates = {"STARTING", "RUNNING", "agent: FAILED"},
       .end = [](MatrixCell& cell) { Signal(cell.supervisor(), SIGKILL); }},
      {.name = "-9 shim",
       .updates = {"STARTING", "RUNNING", "FAILED"},
       .end = [](MatrixCell& cell) { Signal(cell.shim(), SIGKILL); }},
      {.name = "-9 both",
       .updates = {"STARTING", "RUNNING", "agent: FAILED"},
       .end = KillBoth,
       .containment = "subreaper"},
      {.name = "-9 both, cgroup",
       .updates = {"STARTING", "RUNNING", "agent: FAILED"},
       .end = KillBoth,
       .containment = "cgroup"},
      {.name = "-9 both, pid-namespace",
       .updates = {"STARTING", "RUNNING", "agent: FAILED"},
       .end = KillBoth,
       .containment = "pid-namespace"},
  };
  return *ways;
}

}  // namespace mesos_executor
