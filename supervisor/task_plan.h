// What is decided of a task when its LAUNCH comes. Pure.
#ifndef SUPERVISOR_TASK_PLAN_H_
#define SUPERVISOR_TASK_PLAN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "protos/mesos/v1/task.pb.h"
#include "supervisor/base/environment.h"
#include "supervisor/configuration.h"
#include "supervisor/graceful_stop/stop_definition.h"
#include "supervisor/health/check_definition.h"
#include "supervisor/launch/command.h"
#include "supervisor/process/launch_spec.h"
#include "supervisor/task/input.h"

namespace mesos_executor {

struct TaskPlan {
  // For the state machine. Where the task can't be run, launch.invalid says why, and the rest of
  // the plan is empty.
  task::Launch launch;
  launch::Command command;
  std::vector<process::ResourceLimit> limits;
  std::optional<health::HealthDefinition> health;
  // While a file of this name is in the sandbox, results of the health check mean nothing; or "".
  std::string snooze_file;
  std::optional<health::CheckDefinition> check;
  // How many bytes of each spool may wait, where the task is scraped. None: it has a limit on the
  // size of files, which a spool would soon reach.
  std::optional<uint64_t> spool_limit;
  // launch.stop_requests of them.
  std::optional<graceful_stop::StopDefinition> stop;
  // For the log: what was asked for and can't be had. As in Mesos' own executors, a task whose
  // check makes no sense runs unchecked.
  std::vector<std::string> warnings;
};

// What the plan depends on besides the task.
struct PlanInputs {
  const Configuration& configuration;
  const Environment& environment;
  // The name of this executor's file.
  std::string own_program;
  // Of the wall clock, as certificates have it.
  absl::Time now;
  // From 0 to 1, at random: where in Configuration::expiration_range the task is killed.
  double expiration_share = 0;
};

TaskPlan PlanTask(const mesos::v1::TaskInfo& task, const PlanInputs& inputs);

}  // namespace mesos_executor

#endif  // SUPERVISOR_TASK_PLAN_H_
