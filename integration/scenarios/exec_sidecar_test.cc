// A task's whole life beside exec-sidecar, as the host's daemon and as the supervisor's private
// child: commands at its phases, a variable for its environment, and its end told, however it ends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>
#include <memory>
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

constexpr char kExecSidecar[] = "sidecars/exec_sidecar/exec-sidecar";
enum class Mode { kDaemon, kPrivate };

class ExecSidecarTest : public ::testing::TestWithParam<Mode> {
 protected:
  // Notes each phase; `more` may do more.
  void Use(const std::string& more = "") {
    const std::string command = absl::StrCat("echo $PHASE $TASK_ID >> ", record(), more);
    scenario_.Set("ALLEGRO_EXECUTOR_SIDECARS", "exec-sidecar");
    // Its answers come in time on the slowest machine.
    for (const char* const phase : {"BEFORE_START", "BEFORE_TERMINATE"}) {
      scenario_.Set(absl::StrCat("ALLEGRO_EXECUTOR_SIDECAR_EXEC_SIDECAR_DEADLINE_", phase), "1h");
    }
    if (GetParam() == Mode::kPrivate) {
      scenario_.Set("ALLEGRO_EXECUTOR_SIDECAR_EXEC_SIDECAR_SET_EXEC_COMMAND", command);
      scenario_.Set("ALLEGRO_EXECUTOR_SIDECAR_EXEC_SIDECAR_SET_EXEC_TIMEOUT", "1h");
      return;
    }
    daemon_ = std::make_unique<SidecarDaemon>(
        kExecSidecar, scenario_.folder(),
        std::vector<std::string>{"PATH=/usr/bin:/bin", "EXEC_COMMAND=" + command,
                                 "EXEC_TIMEOUT=1h"});
    daemon_->Start();
  }

  std::string record() const { return scenario_.folder() + "/phases"; }
  std::vector<std::string> Phases() const {
    std::ifstream file(record());
    std::vector<std::string> phases;
    for (std::string phase, task; file >> phase >> task; phases.push_back(phase)) {
      EXPECT_EQ(task, scenario_.task_id());
    }
    return phases;
  }

  Scenario scenario_{{kExecSidecar}};
  std::unique_ptr<SidecarDaemon> daemon_;
};

TEST_P(ExecSidecarTest, TheCommandRunsAtEachPhaseAndItsOutputIsInTheTasksEnvironment) {
  Use("; [ $PHASE != before-start ] || echo GREETING=hello");
  scenario_.Start("echo \"$GREETING\" > greeting; exec sleep 3600");
  ASSERT_TRUE(scenario_.agent().WaitForUpdate(mesos::v1::TASK_RUNNING));
  ASSERT_TRUE(Eventually([&] { return Phases().size() == 2; }));
  scenario_.agent().Kill(absl::Hours(1));
  EXPECT_EQ(scenario_.AwaitExecutor(), 0);
  ASSERT_TRUE(Eventually([&] { return Phases().size() == 4; }));
  EXPECT_THAT(Phases(), ElementsAre("before-start", "started", "before-terminate", "terminated"));
  EXPECT_EQ(scenario_.ReadSandboxFile("greeting"), "hello\n");
  EXPECT_EQ(daemon_ ? daemon_->Stop() : 0, 0);
}

TEST_P(ExecSidecarTest, WhereItIsRequiredItsFailureFailsTheTaskAndSaysWhy) {
  scenario_.Set("ALLEGRO_EXECUTOR_SIDECAR_EXEC_SIDECAR_POLICY", "required");
  Use("; [ $PHASE != before-start ] || { echo the database is missing >&2; exit 3; }");
  scenario_.Start("exec sleep 3600");
  EXPECT_EQ(scenario_.AwaitExecutor(), 0);
  EXPECT_THAT(scenario_.States().back(), HasSubstr("TASK_FAILED"));
  EXPECT_THAT(scenario_.States().back(), HasSubstr("exec-sidecar"));
  EXPECT_THAT(scenario_.States().back(), HasSubstr("exit code 3: the database is missing"));
  // It was asked, so it is told of the end.
  EXPECT_TRUE(Eventually([&] { return Phases().size() == 2; }));
}

TEST_P(ExecSidecarTest, ATaskThatDiesWithItsSupervisorIsToldAsTerminated) {
  Use();
  scenario_.Start("exec sleep 3600");
  ASSERT_TRUE(scenario_.agent().WaitForUpdate(mesos::v1::TASK_RUNNING));
  ASSERT_TRUE(Eventually([&] { return Phases().size() == 2; }));
  kill(scenario_.agent().executor_pid(), SIGKILL);
  ASSERT_TRUE(Eventually([&] { return Phases().size() == 3; }));
  EXPECT_EQ(Phases().back(), "terminated");
  EXPECT_EQ(scenario_.AwaitExecutor(), 128 + SIGKILL);
}

INSTANTIATE_TEST_SUITE_P(Modes, ExecSidecarTest, ::testing::Values(Mode::kDaemon, Mode::kPrivate),
                         [](const auto& info) {
                           return info.param == Mode::kDaemon ? "Daemon" : "Private";
                         });

}  // namespace
}  // namespace mesos_executor
