// What is decided of a task when its LAUNCH comes. Pure.
#ifndef SUPERVISOR_TASK_PLAN_H_
#define SUPERVISOR_TASK_PLAN_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "protos/mesos/v1/task.pb.h"
#include "supervisor/base/environment.h"
#include "supervisor/configuration.h"
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
  std::optional<health::CheckDefinition> check;
  // For the log: what was asked for and can't be had. As in Mesos' own executors, a task whose
  // check makes no sense runs unchecked.
  std::vector<std::string> warnings;
};

// `own_program` is the name of this executor's file.
TaskPlan PlanTask(const mesos::v1::TaskInfo& task, const Configuration& configuration,
                  absl::string_view own_program);

}  // namespace mesos_executor

#endif  // SUPERVISOR_TASK_PLAN_H_
