// How long things may take in a task's life.
#ifndef SUPERVISOR_TASK_LIMITS_H_
#define SUPERVISOR_TASK_LIMITS_H_

#include "absl/time/time.h"

namespace mesos_executor::task {

struct Limits {
  // Between SIGTERM and SIGKILL where neither KILL nor TaskInfo says (the seed's default).
  absl::Duration kill_grace = absl::Seconds(5);
  // From SHUTDOWN until the agent destroys the container.
  absl::Duration shutdown_grace = absl::Seconds(5);
  // Between SIGTERM and SIGKILL for what the main process left behind.
  absl::Duration leftover_grace = absl::Seconds(1);
  // The longest hold before SIGTERM that a sidecar may ask for.
  absl::Duration hold = absl::Minutes(1);
  // For the task to act on one request to stop (Aurora's http_lifecycle.py has this wait).
  absl::Duration stop_request = absl::Seconds(5);
  // Past this after SIGKILL, processes are taken for unkillable.
  absl::Duration unkillable = absl::Seconds(10);
  // An executor that is launched nothing for so long leaves.
  absl::Duration idle = absl::Minutes(5);
  // For the acknowledgement of the last update (the seed's STATE_UPDATE_WAIT_TIMEOUT). A resent
  // terminal update may never be acknowledged (slave.cpp: "Ignoring sending acknowledgement ... of
  // unknown executor").
  absl::Duration acknowledgement = absl::Seconds(60);
  // For the sidecars to undo.
  absl::Duration flush = absl::Seconds(2);
};

}  // namespace mesos_executor::task

#endif  // SUPERVISOR_TASK_LIMITS_H_
