// What a task's labels say of its health check, beyond Mesos' message. All is off by default.
#ifndef SUPERVISOR_HEALTH_HEALTH_LABELS_H_
#define SUPERVISOR_HEALTH_HEALTH_LABELS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "protos/mesos/v1/labels.pb.h"

namespace mesos_executor::health {

// Aurora has the like of them (its executor's health_checker.py).
struct HealthLabels {
  // executor-health-min-successes, 1 to 1000: so many in a row before the task is healthy.
  uint32_t min_successes = 1;
  // executor-health-snooze-file: while a file of that name is in the sandbox, results mean nothing.
  // "" for none.
  std::string snooze_file;
  // executor-running-when-healthy: TASK_RUNNING waits until the task is healthy.
  bool running_when_healthy = false;
  // For the log: a label that makes no sense, whose default is taken.
  std::vector<std::string> warnings;
};

HealthLabels ReadHealthLabels(const mesos::v1::Labels& labels);

}  // namespace mesos_executor::health

#endif  // SUPERVISOR_HEALTH_HEALTH_LABELS_H_
