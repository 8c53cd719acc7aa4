// A supervisor that is killed leaves no process of its task, and no shim.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "supervisor/base/subprocess.h"
#include "supervisor/base/unique_fd.h"
#include "supervisor/process/containment.h"
#include "supervisor/process/descendants.h"
#include "supervisor/process/tree_fixture.h"

namespace mesos_executor::process {
namespace {

// How the shim is made; how it holds the task; the task, with its arguments.
using Case = std::tuple<std::string, Containment, std::vector<std::string>>;

class SupervisorDeathTest : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    // The watchdog: SIGALRM ends the test program.
    alarm(60);
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    output_ = UniqueFd(ends[0]);
    UniqueFd writer(ends[1]);
    mark_ = absl::StrCat("TREE_TEST_MARK=death-", getpid());
    const auto& [way, containment, task] = GetParam();
    std::vector<std::string> argv = {"supervisor/process/tree_host", way,
                                     std::string(ContainmentName(containment)), TestTask(task[0])};
    argv.insert(argv.end(), task.begin() + 1, task.end());
    const absl::StatusOr<pid_t> host =
        Spawn({.argv = argv, .environment = {mark_}, .stdout_fd = writer.get()});
    ASSERT_TRUE(host.ok()) << host.status();
    host_ = *host;
    writer.Reset();
    std::string text;
    char byte;
    while (!absl::StrContains(text, "ready\n") && read(output_.get(), &byte, 1) == 1) text += byte;
    ASSERT_TRUE(absl::StrContains(text, "ready\n")) << text;
  }

  void ExpectNothingLeft() {
    // The last process that has the pipe closes it as it dies.
    char buffer[64];
    while (read(output_.get(), buffer, sizeof(buffer)) > 0) {
    }
    EXPECT_EQ(ProcessesWith(mark_), std::vector<pid_t>());
    EXPECT_EQ(waitpid(host_, nullptr, 0), host_);
    alarm(0);
  }

  UniqueFd output_;
  pid_t host_ = 0;
  std::string mark_;
};

TEST_P(SupervisorDeathTest, KillingTheSupervisorLeavesNothing) {
  ASSERT_EQ(kill(host_, SIGKILL), 0);
  ExpectNothingLeft();
}

TEST_P(SupervisorDeathTest, KillingTheSupervisorsProcessGroupLeavesNothing) {
  ASSERT_EQ(kill(-host_, SIGKILL), 0);
  ExpectNothingLeft();
}

TEST_P(SupervisorDeathTest, AStoppedShimSeesItToo) {
  const std::vector<pid_t> shims = *Children(host_);
  ASSERT_EQ(shims.size(), 1u);
  ASSERT_EQ(kill(shims[0], SIGSTOP), 0);
  ASSERT_EQ(kill(host_, SIGKILL), 0);
  ExpectNothingLeft();
}

std::string CaseName(const testing::TestParamInfo<Case>& info) {
  const auto& [way, containment, task] = info.param;
  std::string name =
      absl::StrCat(way, "_", ContainmentName(containment), "_", absl::StrJoin(task, "_"));
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(
    Tasks, SupervisorDeathTest,
    testing::Combine(testing::Values("forked", "started"),
                     testing::Values(Containment::kSubreaper, Containment::kPidNamespace),
                     testing::Values(std::vector<std::string>{"daemonizes"},
                                     std::vector<std::string>{"daemonizes", "0"},
                                     std::vector<std::string>{"ignores_sigterm"},
                                     std::vector<std::string>{"reforks", "4"})),
    CaseName);

// What a subreaper can't win.
using DeathOfBothTest = SupervisorDeathTest;

TEST_P(DeathOfBothTest, KillingSupervisorAndShimAtOnceLeavesNothing) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can make a PID namespace";
  const std::vector<pid_t> shims = *Children(host_);
  ASSERT_EQ(shims.size(), 1u);
  // Stopped, the supervisor doesn't see the shim die.
  ASSERT_EQ(kill(host_, SIGSTOP), 0);
  for (const pid_t pid : {shims[0], host_}) ASSERT_EQ(kill(pid, SIGKILL), 0);
  ExpectNothingLeft();
}

INSTANTIATE_TEST_SUITE_P(
    Tasks, DeathOfBothTest,
    testing::Combine(testing::Values("forked"), testing::Values(Containment::kPidNamespace),
                     testing::Values(std::vector<std::string>{"daemonizes"},
                                     std::vector<std::string>{"reforks", "4"})),
    CaseName);

}  // namespace
}  // namespace mesos_executor::process
