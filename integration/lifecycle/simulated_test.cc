// Every fault of a sidecar × every phase in simulated time, for every policy, as the host's daemon
// and as a private one: the task has of it what integration/README.md says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "integration/lifecycle/fault_table.h"
#include "integration/lifecycle/simulated_life.h"

namespace mesos_executor::lifecycle {
namespace {

class SimulatedTest : public ::testing::TestWithParam<FaultRow> {};

TEST_P(SimulatedTest, IsAsTheReadmeSays) {
  std::vector<std::string> cells;
  for (const Column& column : Columns()) {
    SCOPED_TRACE(column.name);
    cells.push_back(SimulatedLife(GetParam().fault, column).Run());
  }
  EXPECT_EQ(CellsInReadme(GetParam()), cells) << "integration/README.md is to be changed, if this "
                                                 "is right:\n"
                                              << TableLine(GetParam().name, cells);
}

// The column that says what such a sidecar means.
const Column& ColumnFor(const Column& wanted, Fault fault) {
  for (const Column& column : Columns()) {
    const bool same_place = column.phase == wanted.phase &&
                            (wanted.phase != v1::TERMINATED || column.mode == wanted.mode);
    const bool same_policy = column.policy == wanted.policy;
    // A sidecar that can never do what is required of it later fails the task before its start.
    const bool as_required = fault == Fault::kAbsent && wanted.phase == v1::BEFORE_START &&
                             wanted.policy == Policy::kRequiredHealthy &&
                             column.policy == Policy::kRequired;
    if (same_place && (same_policy || as_required)) return column;
  }
  for (const Column& column : Columns()) {
    if (column.phase == wanted.phase && column.policy == Policy::kBestEffort &&
        (wanted.phase != v1::TERMINATED || column.mode == wanted.mode)) {
      return column;
    }
  }
  return Columns()[0];
}

TEST_P(SimulatedTest, WhatHasNoColumnIsAsInThatOfItsPhase) {
  const Fault fault = GetParam().fault;
  const std::vector<std::string> cells = CellsInReadme(GetParam());
  for (const v1::Phase phase : {v1::BEFORE_START, v1::STARTED, v1::HEALTHY, v1::UNHEALTHY,
                                v1::BEFORE_TERMINATE, v1::TERMINATED}) {
    for (const Policy policy : {Policy::kBestEffort, Policy::kRequired, Policy::kRequiredHealthy}) {
      // One that is absent and required has no later phases.
      if (fault == Fault::kAbsent && policy != Policy::kBestEffort && phase != v1::BEFORE_START) {
        continue;
      }
      for (const Mode mode : {Mode::kHost, Mode::kPrivate}) {
        const Column wanted = {"", phase, policy, mode};
        const Column& column = ColumnFor(wanted, fault);
        SCOPED_TRACE(absl::StrCat(column.name, ", policy ", static_cast<int>(policy),
                                  mode == Mode::kPrivate ? ", private" : ""));
        EXPECT_EQ(cells[&column - Columns().data()], SimulatedLife(fault, wanted).Run());
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, SimulatedTest, ::testing::ValuesIn(FaultRows()),
                         [](const ::testing::TestParamInfo<FaultRow>& info) {
                           return TestName(info.param);
                         });

TEST(FaultTableTest, TheReadmeHasTheseColumnsAndRowsAndNoOthers) {
  std::vector<std::string> columns;
  for (const Column& column : Columns()) columns.push_back(column.name);
  std::vector<std::string> rows;
  for (const FaultRow& row : FaultRows()) rows.push_back(row.name);
  EXPECT_EQ(OutlineInReadme().head, TableLine("fault", columns));
  EXPECT_EQ(OutlineInReadme().rows, rows);
}

}  // namespace
}  // namespace mesos_executor::lifecycle
