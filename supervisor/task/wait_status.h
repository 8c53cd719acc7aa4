// Words for how a process ended.
#ifndef SUPERVISOR_TASK_WAIT_STATUS_H_
#define SUPERVISOR_TASK_WAIT_STATUS_H_

#include <string>

namespace mesos_executor::task {

// "Command exited with status 3", "Command terminated with signal Killed (core dumped)": Mesos' own
// words (src/common/status_utils.hpp), since people search for them. `wait_status` is as wait(2)
// gives it.
std::string DescribeWaitStatus(int wait_status);

}  // namespace mesos_executor::task

#endif  // SUPERVISOR_TASK_WAIT_STATUS_H_
