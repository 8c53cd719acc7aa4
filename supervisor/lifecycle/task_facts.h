// What sidecars are told of a task: our own message, made from what the agent sent.
#ifndef SUPERVISOR_LIFECYCLE_TASK_FACTS_H_
#define SUPERVISOR_LIFECYCLE_TASK_FACTS_H_

#include <string>

#include "protos/lifecycle/v1/lifecycle.pb.h"
#include "protos/mesos/v1/task.pb.h"
#include "supervisor/lifecycle/settings.h"

namespace mesos_executor::lifecycle {

// Where the task runs, as SUBSCRIBED told.
struct TaskOrigin {
  std::string framework_id;
  std::string executor_id;
  std::string agent_id;
  std::string agent_hostname;
};

// Pure. `environment` is the supervisor's own; VAAS_INITIAL_WEIGHT in the task's goes before it, as
// in the seed.
v1::Task MakeTask(const mesos::v1::TaskInfo& info, const TaskOrigin& origin,
                  const Environment& environment);

}  // namespace mesos_executor::lifecycle

#endif  // SUPERVISOR_LIFECYCLE_TASK_FACTS_H_
