// How much of a task's output may wait to be shipped. Pure.
#ifndef SUPERVISOR_SPOOL_SPOOL_LIMIT_H_
#define SUPERVISOR_SPOOL_SPOOL_LIMIT_H_

#include <cstdint>
#include <string>

#include "protos/mesos/v1/task.pb.h"
#include "supervisor/base/environment.h"

namespace mesos_executor::spool {

struct SpoolLimit {
  // Of each of the two spools: half of what the task may have.
  uint64_t bytes = 0;
  // For the log, or "": the setting, its value, and what is taken instead.
  std::string warning;
};

// ALLEGRO_EXECUTOR_SERVICELOG_SPOOL_LIMIT, in bytes or with k, M or G (of 1024), for both spools
// together. Else the smaller of 256 MiB and half of the task's `disk`.
SpoolLimit SpoolLimitOf(const mesos::v1::TaskInfo& task, const Environment& environment);

}  // namespace mesos_executor::spool

#endif  // SUPERVISOR_SPOOL_SPOOL_LIMIT_H_
