// The columns of the matrix: all ways to end a task.
#ifndef INTEGRATION_SCENARIOS_MATRIX_WAYS_H_
#define INTEGRATION_SCENARIOS_MATRIX_WAYS_H_

#include <vector>

#include "integration/scenarios/matrix_cell.h"

namespace mesos_executor {

const std::vector<MatrixCell::Way>& MatrixWays();

}  // namespace mesos_executor

#endif  // INTEGRATION_SCENARIOS_MATRIX_WAYS_H_
