#include "integration/lifecycle/fault_table.h"

#include <algorithm>
#include <fstream>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace mesos_executor::lifecycle {
namespace {

constexpr char kBegin[] = "<!-- faults of sidecars, as integration/lifecycle sees them -->";
constexpr char kEnd[] = "<!-- end of the faults -->";

std::vector<std::string> LinesInReadme() {
  std::ifstream file("integration/README.md");
  std::vector<std::string> lines;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line == kEnd) inside = false;
    if (inside) lines.push_back(line);
    if (line == kBegin) inside = true;
  }
  return lines;
}

}  // namespace

const std::vector<FaultRow>& FaultRows() {
  static const auto* const rows = new std::vector<FaultRow>{
      {Fault::kNone, "none"},
      {Fault::kAbsent, "absent: neither socket nor program"},
      {Fault::kDown, "down: nobody behind its socket"},
      {Fault::kForbidden, "its socket may not be opened (EACCES)"},
      {Fault::kRefuses, "refuses the peer (PERMISSION_DENIED)"},
      {Fault::kOtherVersions, "speaks none of the offered versions"},
      {Fault::kUnofferedVersion, "picks a version that was not offered"},
      {Fault::kGarbage, "speaks no HTTP/2"},
      {Fault::kNeverAccepts, "hangs before it accepts the task"},
      {Fault::kAcceptsTwice, "accepts the task twice"},
      {Fault::kAnswersFirst, "answers before it accepts the task"},
      {Fault::kSlow, "slow"},
      {Fault::kHangs, "hangs"},
      {Fault::kStopsReading, "stops reading"},
      {Fault::kDiesBefore, "dies before it answers"},
      {Fault::kDiesWhile, "dies in the middle of its answer"},
      {Fault::kDiesAfter, "dies after its answer"},
      {Fault::kRestarts, "dies, and is started again"},
      {Fault::kReplaced, "is upgraded: leaves, its successor is there"},
      {Fault::kFails, "answers FAILED"},
      {Fault::kPends, "answers PENDING, and no more"},
      {Fault::kUnknownOutcome, "answers an unknown outcome"},
      {Fault::kTwice, "answers twice: OK, then FAILED"},
      {Fault::kWrongNumber, "answers another number"},
      {Fault::kBadName, "a variable with a bad name"},
      {Fault::kTooManyVariables, "65 variables"},
      {Fault::kTooLong, "an answer of 1 MiB"},
      {Fault::kFloods, "floods"},
  };
  return *rows;
}

std::string TestName(const FaultRow& row) {
  std::string name = row.name;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return !absl::ascii_isalnum(c); }, '_');
  return name;
}

const std::vector<Column>& Columns() {
  static const auto* const columns = new std::vector<Column>{
      {"before-start", v1::BEFORE_START},
      {"before-start, required", v1::BEFORE_START, Policy::kRequired},
      {"started", v1::STARTED},
      {"healthy", v1::HEALTHY},
      {"healthy, required-healthy", v1::HEALTHY, Policy::kRequiredHealthy},
      {"unhealthy", v1::UNHEALTHY},
      {"before-terminate", v1::BEFORE_TERMINATE},
      {"terminated", v1::TERMINATED},
      {"terminated, private", v1::TERMINATED, Policy::kBestEffort, Mode::kPrivate},
  };
  return *columns;
}

std::string TableLine(const std::string& name, const std::vector<std::string>& cells) {
  return absl::StrCat("| ", name, " | ", absl::StrJoin(cells, " | "), " |");
}

std::vector<std::string> CellsInReadme(const FaultRow& row) {
  std::vector<std::string> cells;
  for (const std::string& line : LinesInReadme()) {
    const std::string start = absl::StrCat("| ", row.name, " | ");
    if (!absl::StartsWith(line, start) || !absl::EndsWith(line, " |")) continue;
    const std::string inner = line.substr(start.size(), line.size() - start.size() - 2);
    cells = absl::StrSplit(inner, " | ");
  }
  cells.resize(Columns().size());
  return cells;
}

TableOutline OutlineInReadme() {
  const std::vector<std::string> lines = LinesInReadme();
  TableOutline outline;
  if (!lines.empty()) outline.head = lines[0];
  // Below the head is a rule.
  for (size_t i = 2; i < lines.size(); ++i) {
    const std::vector<std::string> parts = absl::StrSplit(lines[i], " | ");
    outline.rows.push_back(parts[0].substr(std::min<size_t>(2, parts[0].size())));
  }
  return outline;
}

}  // namespace mesos_executor::lifecycle
