// Whether the framework saw the updates that the executor made.
#ifndef INTEGRATION_SOAK_UPDATE_DIFFERENCE_H_
#define INTEGRATION_SOAK_UPDATE_DIFFERENCE_H_

#include <string>
#include <vector>

namespace mesos_executor {

// Lines are "TASK_RUNNING", "TASK_RUNNING healthy" or "TASK_FAILED: why". Empty if `seen` is
// `made`, in its order. News of a health check may be missing only where newer news came right
// after it, which replaces it while it hasn't been sent. Otherwise the last line that is wrong.
std::string UpdateDifference(const std::vector<std::string>& made,
                             const std::vector<std::string>& seen);

}  // namespace mesos_executor

#endif  // INTEGRATION_SOAK_UPDATE_DIFFERENCE_H_
