// A task that every sidecar of ours has work for.
#ifndef INTEGRATION_LIFECYCLE_TEST_TASK_H_
#define INTEGRATION_LIFECYCLE_TEST_TASK_H_

#include <cstddef>

#include "protos/lifecycle/v1/lifecycle.pb.h"

namespace mesos_executor::lifecycle {

// Its ids, its service and its port are those of no other number.
v1::Task TestTask(size_t number);

}  // namespace mesos_executor::lifecycle

#endif  // INTEGRATION_LIFECYCLE_TEST_TASK_H_
