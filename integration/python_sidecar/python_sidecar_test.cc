// A task's whole life beside a sidecar in Python: the contract is all that it needs to know of us.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "integration/scenarios/eventually.h"
#include "integration/scenarios/scenario.h"
#include "integration/scenarios/sidecar_daemon.h"

namespace mesos_executor {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class PythonSidecarTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (std::system("/usr/bin/python3 -c 'import grpc, google.protobuf' 2>/dev/null") != 0) {
      GTEST_SKIP() << "Debian's python3-grpcio and python3-protobuf aren't installed";
    }
    scenario_.Set("ALLEGRO_EXECUTOR_SIDECARS", "python-sidecar");
    // Its answers come in time on the slowest machine.
    for (const char* const phase : {"BEFORE_START", "BEFORE_TERMINATE"}) {
      scenario_.Set(absl::StrCat("ALLEGRO_EXECUTOR_SIDECAR_PYTHON_SIDECAR_DEADLINE_", phase), "1h");
    }
  }

  // What it noted, without the task's id.
  std::vector<std::string> Noted() const {
    std::ifstream file(scenario_.folder() + "/python-sidecar.state/phases");
    std::vector<std::string> noted;
    for (std::string line; std::getline(file, line);) {
      noted.push_back(line.substr(std::min(line.size(), scenario_.task_id().size() + 1)));
    }
    return noted;
  }

  Scenario scenario_;
  SidecarDaemon daemon_{"integration/python_sidecar/python-sidecar", scenario_.folder(), {}};
};

TEST_F(PythonSidecarTest, ItGivesTheTaskAVariableAndHearsOfEachPhase) {
  daemon_.Start();
  scenario_.Start("echo \"$GREETING\"; exec sleep 3600");
  ASSERT_TRUE(scenario_.agent().WaitForUpdate(mesos::v1::TASK_RUNNING));
  EXPECT_TRUE(Eventually([&] {
    return absl::StrContains(scenario_.ReadSandboxFile("stdout"), "hello from Python, ");
  })) << scenario_.ReadSandboxFile("stderr");
  scenario_.agent().Kill(absl::Hours(1));
  EXPECT_EQ(scenario_.AwaitExecutor(), 0);
  // TERMINATED may come too late for it: a supervisor that has ended is as good.
  std::vector<std::string> noted;
  ASSERT_TRUE(Eventually([&] {
    noted = Noted();
    return std::count(noted.begin(), noted.end(), "end of stream") == 1;
  }));
  noted.resize(4);
  EXPECT_THAT(noted, ElementsAre(StartsWith("state "), "event BEFORE_START", "event STARTED",
                                 "event BEFORE_TERMINATE"));
  EXPECT_EQ(daemon_.Stop(), 0);
}

TEST_F(PythonSidecarTest, WhenItIsRestartedItLearnsTheStateAndTheTaskFeelsNothing) {
  daemon_.Start();
  scenario_.Start("exec sleep 3600");
  ASSERT_TRUE(scenario_.agent().WaitForUpdate(mesos::v1::TASK_RUNNING));
  ASSERT_TRUE(Eventually([&] { return Noted().size() == 3; }));
  daemon_.Kill();
  daemon_.Start();
  ASSERT_TRUE(Eventually([&] { return Noted().size() == 4; }));
  EXPECT_EQ(Noted().back(), "state STARTED");
  // In order, as for an upgrade: the file stays, as the sign that there is such a daemon.
  EXPECT_EQ(daemon_.Stop(), 0);
  EXPECT_TRUE(std::filesystem::is_socket(scenario_.folder() + "/python-sidecar.sock"));
  daemon_.Start();
  ASSERT_TRUE(Eventually([&] { return Noted().back() == "state STARTED"; }));
  scenario_.agent().Kill(absl::Hours(1));
  EXPECT_EQ(scenario_.AwaitExecutor(), 0);
  EXPECT_THAT(scenario_.States().back(), HasSubstr("TASK_KILLED"));
}

}  // namespace
}  // namespace mesos_executor
