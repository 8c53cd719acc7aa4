// What Mesos' task states mean.
#ifndef SUPERVISOR_BASE_TASK_STATE_H_
#define SUPERVISOR_BASE_TASK_STATE_H_

#include "protos/mesos/v1/task_status.pb.h"

namespace mesos_executor {

// A task has no other state after this one (src/common/protobuf_utils.cpp, isTerminalState).
bool IsTerminal(mesos::v1::TaskState state);

}  // namespace mesos_executor

#endif  // SUPERVISOR_BASE_TASK_STATE_H_
