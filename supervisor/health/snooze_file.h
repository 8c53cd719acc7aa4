// The file by which a task, or a person in its sandbox, makes the results of its health check mean
// nothing for a while.
#ifndef SUPERVISOR_HEALTH_SNOOZE_FILE_H_
#define SUPERVISOR_HEALTH_SNOOZE_FILE_H_

#include <string>

namespace mesos_executor::health {

// A regular file of that name is in the folder `sandbox`. Not what a link there points to, which
// may be anywhere. `name` is HealthLabels::snooze_file; "" is false. One look at a local folder:
// never opens anything, nor waits for it.
bool IsSnoozed(const std::string& sandbox, const std::string& name);

}  // namespace mesos_executor::health

#endif  // SUPERVISOR_HEALTH_SNOOZE_FILE_H_
