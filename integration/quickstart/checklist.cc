#include "integration/quickstart/checklist.h"

#include <string.h>
#include <sys/wait.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "supervisor/base/task_state.h"

namespace mesos_executor::quickstart {
namespace {

using mesos::v1::TaskState;
using mesos::v1::TaskStatus;

bool IsExecutors(const TaskStatus& update) {
  return update.source() == TaskStatus::SOURCE_EXECUTOR;
}

Step UpdateStep(const Facts& facts, TaskState state) {
  const auto found = std::find_if(
      facts.updates.begin(), facts.updates.end(),
      [state](const TaskStatus& update) { return update.state() == state && IsExecutors(update); });
  const bool happened = found != facts.updates.end();
  return {.name = absl::StrCat(TaskState_Name(state), " reached the agent"),
          .happened = happened,
          .found = happened ? absl::StrCat("update ", found - facts.updates.begin() + 1, " of ",
                                           facts.updates.size())
                            : "no such update"};
}

Step HealthyStep(const Facts& facts) {
  const bool happened =
      std::any_of(facts.updates.begin(), facts.updates.end(), [](const TaskStatus& update) {
        return update.state() == mesos::v1::TASK_RUNNING && update.healthy() && IsExecutors(update);
      });
  return {.name = "healthy=true reached the agent",
          .happened = happened,
          .found = happened ? "in TASK_RUNNING" : "no such update"};
}

Step RegisteredStep(const Facts& facts) {
  Step step{.name = "Consul listed the service, passing"};
  if (!facts.registered) {
    step.found = "it never did";
    return step;
  }
  const ConsulService& service = *facts.registered;
  step.happened = service.status == "passing";
  step.found =
      absl::StrCat(service.name, " at ", service.address, ":", service.port, ", ", service.status);
  return step;
}

Step AnsweredStep(const Facts& facts) {
  return {.name = "the service answered over HTTP",
          .happened = facts.http_status == 200,
          .found = facts.http_status ? absl::StrCat(*facts.http_status) : "no answer"};
}

Step DeregisteredStep(const Facts& facts) {
  return {.name = "deregistered before its process ended",
          .happened = facts.registered.has_value() && facts.deregistered_first,
          .found = !facts.registered          ? "it was never registered"
                   : facts.deregistered_first ? "gone from Consul while the process was there"
                                              : "not seen"};
}

Step KilledStep(const Facts& facts) {
  Step step{.name = "TASK_KILLED, the one terminal update"};
  std::vector<std::string> terminal;
  for (const TaskStatus& update : facts.updates) {
    if (!IsTerminal(update.state())) continue;
    terminal.push_back(absl::StrCat(TaskState_Name(update.state()),
                                    IsExecutors(update) ? "" : " made by the agent"));
  }
  step.happened = terminal == std::vector<std::string>{"TASK_KILLED"} &&
                  IsTerminal(facts.updates.back().state());
  step.found = terminal.empty() ? "no terminal update"
               : step.happened  ? "the last of all updates"
                                : absl::StrJoin(terminal, ", ");
  return step;
}

Step ExitedStep(const Facts& facts) {
  return {.name = "the executor exited 0",
          .happened = facts.executor_wait_status == 0,
          .found = facts.executor_wait_status ? WaitStatusText(*facts.executor_wait_status)
                                              : "it has not ended"};
}

Step NothingLeftStep(std::string name, const std::optional<std::vector<std::string>>& left) {
  return {.name = std::move(name),
          .happened = left.has_value() && left->empty(),
          .found = !left           ? "could not be seen"
                   : left->empty() ? "none"
                                   : absl::StrJoin(*left, ", ")};
}

}  // namespace

std::vector<Step> Judge(const Facts& facts) {
  return {UpdateStep(facts, mesos::v1::TASK_STARTING),
          UpdateStep(facts, mesos::v1::TASK_RUNNING),
          HealthyStep(facts),
          AnsweredStep(facts),
          RegisteredStep(facts),
          DeregisteredStep(facts),
          KilledStep(facts),
          ExitedStep(facts),
          NothingLeftStep("no process is left", facts.processes_left),
          NothingLeftStep("Consul lists nothing of the task", facts.services_left)};
}

std::string WaitStatusText(int wait_status) {
  if (WIFEXITED(wait_status)) return absl::StrCat("exit code ", WEXITSTATUS(wait_status));
  const int signal = WTERMSIG(wait_status);
  return absl::StrCat("signal ", signal, " (", strsignal(signal), ")");
}

}  // namespace mesos_executor::quickstart
