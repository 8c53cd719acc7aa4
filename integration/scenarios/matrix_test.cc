// Every task that misbehaves × every way to end it, as root and as nobody, with nobody but the
// executor to clean up: after each, no process of the task lives, and the framework was told what
// the contract says. The table of what was seen stands in integration/README.md.
#include <glog/logging.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <fstream>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "integration/scenarios/matrix_cell.h"
#include "integration/scenarios/matrix_ways.h"
#include "integration/scenarios/scenario.h"

namespace mesos_executor {
namespace {

const std::vector<Misbehaviour>& Misbehaviours() {
  static const auto* const all = new std::vector<Misbehaviour>{
      {.program = "becomes_root", .setuid = true},
      {.program = "changes_group"},
      {.program = "closes_stdio"},
      {.program = "daemonizes"},
      {.program = "eats_memory", .limit_memory = true},
      {.program = "empties_environment"},
      {.program = "floods_output"},
      {.program = "forks_fast", .limit_processes = true},
      {.program = "freezes_itself", .freezer = true},
      {.program = "holds_pipe"},
      {.program = "ignores_sigterm"},
      {.program = "leaves_zombies"},
      {.program = "reforks"},
      {.program = "stops_itself"},
  };
  return *all;
}

using ::testing::StartsWith;

const std::vector<MatrixCell::World>& Worlds() {
  static const auto* const all = new std::vector<MatrixCell::World>{
      {.name = ""},
      {.name = " as nobody", .user = "nobody"},
      {.name = " in a cgroup", .containment = "cgroup"},
      {.name = " in a PID namespace", .containment = "pid-namespace"},
  };
  return *all;
}

// Ways with a containment of their own are run where it is the world's, and all where root has no
// wish.
bool IsRun(const MatrixCell::Way& way, const MatrixCell::World& world) {
  return way.containment.empty() || world.name.empty() ||
         (!world.user.empty() && way.containment == world.containment);
}

std::string Row(std::string name, const std::vector<std::string>& cells) {
  return absl::StrCat("| ", name, " | ", absl::StrJoin(cells, " | "), " |");
}

std::string RowName(const Misbehaviour& misbehaviour, const std::string& world = "") {
  return absl::StrCat("`", misbehaviour.program, "`", world);
}

// The lines of integration/README.md between the matrix's marks.
std::vector<std::string> TableInReadme() {
  std::ifstream file(DataPath("integration/README.md"));
  std::vector<std::string> table;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line == "<!-- end of the matrix -->") inside = false;
    if (inside) table.push_back(line);
    if (line == "<!-- the matrix, as matrix_test sees it -->") inside = true;
  }
  return table;
}

std::string HeadInReadme() {
  const std::vector<std::string> table = TableInReadme();
  return table.empty() ? "" : table.front();
}

// Of that name, or nothing.
std::string RowInReadme(const std::string& name) {
  for (const std::string& line : TableInReadme()) {
    if (absl::StartsWith(line, absl::StrCat("| ", name, " |"))) return line;
  }
  return "";
}

struct Param {
  Misbehaviour misbehaviour;
  MatrixCell::World world;
};

void PrintTo(const Param& param, std::ostream* out) {
  *out << RowName(param.misbehaviour, param.world.name);
}

std::vector<Param> Params() {
  std::vector<Param> params;
  for (const MatrixCell::World& world : Worlds()) {
    for (const Misbehaviour& misbehaviour : Misbehaviours()) {
      params.push_back({misbehaviour, world});
    }
  }
  return params;
}

std::unique_ptr<MatrixCell> Begin(const Misbehaviour& misbehaviour, const MatrixCell::Way& way,
                                  const MatrixCell::World& world) {
  for (absl::Duration limit = absl::Seconds(1);; limit *= 2) {
    auto life = std::make_unique<MatrixCell>(misbehaviour, way, world, limit);
    if (life->Begin()) return life;
    CHECK_LT(limit, absl::Minutes(1));
  }
}

class MatrixTest : public ::testing::TestWithParam<Param> {};

TEST_P(MatrixTest, EndsAsTheReadmeSays) {
  const auto& [misbehaviour, world] = GetParam();
  if (geteuid() != 0) GTEST_SKIP() << "needs root, for cgroups and other users";
  if (!TestCgroup::MayBeMade("unified")) GTEST_SKIP() << "needs a cgroup of v2";
  if (const std::string missing = misbehaviour.Missing(); !missing.empty()) {
    GTEST_SKIP() << "needs " << missing;
  }
  // Side by side: some ends take a while.
  std::deque<std::unique_ptr<MatrixCell>> lives;
  for (const MatrixCell::Way& way : MatrixWays()) {
    if (IsRun(way, world)) lives.push_back(Begin(misbehaviour, way, world));
  }
  std::vector<std::string> cells;
  for (; !lives.empty(); lives.pop_front()) {
    SCOPED_TRACE(MatrixWays()[cells.size()].name);
    cells.push_back(lives.front()->Finish());
  }
  // One row for all worlds, and others for those that differ; what isn't run comes last in it.
  std::string name = RowName(misbehaviour, world.name);
  if (RowInReadme(name).empty()) name = RowName(misbehaviour);
  EXPECT_THAT(RowInReadme(name), StartsWith(Row(name, cells)))
      << "integration/README.md is to be changed, if this is right:\n"
      << Row(RowName(misbehaviour, world.name), cells);
}

INSTANTIATE_TEST_SUITE_P(All, MatrixTest, ::testing::ValuesIn(Params()),
                         [](const ::testing::TestParamInfo<Param>& info) {
                           return absl::StrReplaceAll(
                               info.param.misbehaviour.program + info.param.world.name,
                               {{" ", "_"}});
                         });

TEST(MatrixTableTest, TheReadmeHasTheColumnsAndNoOtherRows) {
  std::vector<std::string> ways;
  for (const MatrixCell::Way& way : MatrixWays()) ways.push_back(way.name);
  EXPECT_EQ(HeadInReadme(), Row("task", ways));
  const std::vector<std::string> table = TableInReadme();
  // The head, and the line below it.
  for (size_t i = 2; i < table.size(); ++i) {
    const std::string& line = table[i];
    EXPECT_TRUE(std::any_of(Misbehaviours().begin(), Misbehaviours().end(),
                            [&](const Misbehaviour& misbehaviour) {
                              return absl::StartsWith(
                                  line, absl::StrCat("| `", misbehaviour.program, "` "));
                            }))
        << line;
  }
}

}  // namespace
}  // namespace mesos_executor
