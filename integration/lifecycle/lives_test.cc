// Every fault of a sidecar × every phase, with the real supervisor below the dev agent: the task
// has of it what integration/README.md says, and the supervisor's memory stays bounded.
#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

#include "integration/lifecycle/fault_table.h"
#include "integration/lifecycle/faulty_life.h"

namespace mesos_executor::lifecycle {
namespace {

class LivesTest : public ::testing::TestWithParam<FaultRow> {};

TEST_P(LivesTest, AreAsTheReadmeSays) {
  const std::vector<std::string> cells = CellsInReadme(GetParam());
  // Side by side: some waits take a while.
  std::deque<FaultyLife> lives;
  for (size_t i = 0; i < cells.size(); ++i) {
    lives.emplace_back(GetParam().fault, Columns()[i], cells[i]).Start();
  }
  for (size_t i = 0; i < cells.size(); ++i, lives.pop_front()) {
    SCOPED_TRACE(Columns()[i].name);
    lives.front().Finish();
  }
}

INSTANTIATE_TEST_SUITE_P(All, LivesTest, ::testing::ValuesIn(FaultRows()),
                         [](const ::testing::TestParamInfo<FaultRow>& info) {
                           return TestName(info.param);
                         });

}  // namespace
}  // namespace mesos_executor::lifecycle
