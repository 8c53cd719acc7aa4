// What a sidecar may do wrong, and where in a task's life: the rows and columns of the table in
// integration/README.md, whose cells say what it means for the task.
#ifndef INTEGRATION_LIFECYCLE_FAULT_TABLE_H_
#define INTEGRATION_LIFECYCLE_FAULT_TABLE_H_

#include <string>
#include <vector>

#include "protos/lifecycle/v1/lifecycle.pb.h"
#include "supervisor/lifecycle/connector.h"
#include "supervisor/lifecycle/sidecar_config.h"

namespace mesos_executor::lifecycle {

enum class Fault {
  kNone,
  // From before the phase on, and known to the supervisor by then:
  kAbsent,
  kDown,
  kForbidden,
  kRefuses,
  kOtherVersions,
  kUnofferedVersion,
  kGarbage,
  kNeverAccepts,
  kAcceptsTwice,
  kAnswersFirst,
  // When it is told of the phase:
  kSlow,
  kHangs,
  kStopsReading,
  kDiesBefore,
  kDiesWhile,
  kDiesAfter,
  kRestarts,
  kReplaced,
  kFails,
  kPends,
  kUnknownOutcome,
  kTwice,
  kWrongNumber,
  kBadName,
  kTooManyVariables,
  kTooLong,
  kFloods,
};

// It is the connection that is faulty, from before the phase on.
inline bool OfConnection(Fault fault) {
  return fault >= Fault::kAbsent && fault <= Fault::kAnswersFirst;
}

struct FaultRow {
  Fault fault;
  std::string name;
};
const std::vector<FaultRow>& FaultRows();
// The row's name, as a test may have it.
std::string TestName(const FaultRow& row);

// Where the fault strikes. What isn't a column is as in the one of its phase that names no policy.
struct Column {
  std::string name;
  v1::Phase phase;
  Policy policy = Policy::kBestEffort;
  Mode mode = Mode::kHost;
};
const std::vector<Column>& Columns();

// A line of the table.
std::string TableLine(const std::string& name, const std::vector<std::string>& cells);

// The cells of the fault's row in integration/README.md, as many as there are columns; empty ones
// where it has no such row.
std::vector<std::string> CellsInReadme(const FaultRow& row);

// The table's first line and the names of its rows.
struct TableOutline {
  std::string head;
  std::vector<std::string> rows;
};
TableOutline OutlineInReadme();

}  // namespace mesos_executor::lifecycle

#endif  // INTEGRATION_LIFECYCLE_FAULT_TABLE_H_
