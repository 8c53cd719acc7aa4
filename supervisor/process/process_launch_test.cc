// How a task starts and ends by itself.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "integration/scenarios/test_cgroup.h"
#include "supervisor/process/tree_fixture.h"

namespace mesos_executor::process {
namespace {

using testing::ElementsAre;

class ProcessLaunchTest : public TreeFixture {};

TEST_F(ProcessLaunchTest, ReportsStartExitCodeAndEndInThisOrder) {
  tree_->Launch(Shell("exit 3"));
  AwaitEvent("gone");
  EXPECT_THAT(events_, ElementsAre("started", "exited 3", "gone"));
}

TEST_F(ProcessLaunchTest, ReportsTheSignalThatEndedTheMainProcess) {
  tree_->Launch(Shell("kill -KILL $$"));
  AwaitEvent("gone");
  EXPECT_THAT(events_, ElementsAre("started", "signalled 9", "gone"));
}

TEST_F(ProcessLaunchTest, AProgramThatDoesNotExistIsNamedWithStepAndError) {
  tree_->Launch(Spec({"/no/such"}));
  AwaitEvent("gone");
  EXPECT_THAT(events_,
              ElementsAre("exec failed: exec /no/such: No such file or directory", "gone"));
}

TEST_F(ProcessLaunchTest, AProgramThatMayNotBeExecutedIsNotSaidToBeMissing) {
  LaunchSpec spec = Spec({"passwd"});
  spec.environment = {"PATH=/etc:/no/such/folder"};
  tree_->Launch(std::move(spec));
  AwaitEvent("gone");
  EXPECT_THAT(events_, ElementsAre("exec failed: exec passwd: Permission denied", "gone"));
}

TEST_F(ProcessLaunchTest, AnEnvironmentTooBigForTheKernelIsAFailedExec) {
  LaunchSpec spec = Shell("exit 0");
  // Linux takes no single string of more than 128 KiB (execve(2)).
  spec.environment.push_back("BIG=" + std::string(200'000, 'x'));
  tree_->Launch(std::move(spec));
  AwaitEvent("gone");
  EXPECT_THAT(events_, ElementsAre("exec failed: exec /bin/sh: Argument list too long", "gone"));
}

TEST_F(ProcessLaunchTest, ASpecThatCannotBeSentFailsTheSameWay) {
  tree_->Launch(Spec({}));
  AwaitEvent("gone");
  EXPECT_THAT(events_, ElementsAre("exec failed: nothing to execute: argv is empty", "gone"));
}

TEST_F(ProcessLaunchTest, AForkThatTheKernelRefusesIsNamedWithStepAndError) {
  absl::StatusOr<std::unique_ptr<TestCgroup>> bounds = TestCgroup::Create("pids");
  if (!bounds.ok()) GTEST_SKIP() << bounds.status().message();
  {
    const TestCgroup::Inside inside(**bounds);
    absl::StatusOr<Shim> shim = ForkShim();
    ASSERT_TRUE(shim.ok()) << shim.status();
    UseShim(*std::move(shim));
  }
  (*bounds)->Write("pids.max", "1");
  tree_->Launch(Shell("exit 0"));
  AwaitEvent("gone");
  EXPECT_THAT(events_, ElementsAre("exec failed: fork: Resource temporarily unavailable", "gone"));
  // Its cgroup can't go before it.
  tree_.reset();
  AwaitState([this] { return kill(shim_pid_, 0) != 0; });
}

TEST_F(ProcessLaunchTest, AnUnknownUserFailsTheLaunch) {
  LaunchSpec spec = Shell("exit 0");
  spec.user = "no-such-user";
  tree_->Launch(std::move(spec));
  AwaitEvent("gone");
  EXPECT_THAT(events_, ElementsAre("exec failed: user no-such-user: not in /etc/passwd", "gone"));
}

TEST_F(ProcessLaunchTest, ProgramAndFirstArgumentMayDiffer) {
  LaunchSpec spec = Spec({"pretender", "-c", "echo $0"});
  spec.program = "/bin/sh";
  EXPECT_EQ(OutputOf(std::move(spec)), "pretender\n");
}

TEST_F(ProcessLaunchTest, ANameIsLookedUpInTheTasksOwnPathAndAScriptNeedsNoInterpreterLine) {
  std::string folder = absl::StrCat(testing::TempDir(), "/path-XXXXXX");
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  const std::string script = folder + "/only-in-the-tasks-path";
  std::ofstream(script) << "echo found with $1\n";
  ASSERT_EQ(chmod(script.c_str(), 0755), 0);
  LaunchSpec spec = Spec({"only-in-the-tasks-path", "an argument"});
  spec.environment[0] = "PATH=/no/such/folder:" + folder;
  EXPECT_EQ(OutputOf(std::move(spec)), "found with an argument\n");
}

TEST_F(ProcessLaunchTest, TheEnvironmentIsTheSpecsAndNothingElse) {
  setenv("SECRET_OF_THE_SUPERVISOR", "1", 1);
  LaunchSpec spec = Spec({"/usr/bin/env"});
  spec.environment = {"A=1", "B=two words", mark_};
  EXPECT_EQ(OutputOf(std::move(spec)), absl::StrCat("A=1\nB=two words\n", mark_, "\n"));
}

TEST_F(ProcessLaunchTest, AnEnvironmentOfAMegabyteArrivesWhole) {
  LaunchSpec spec = Shell("env | wc -c");
  size_t size = 0;
  for (int i = 0; i < 10; ++i) {
    spec.environment.push_back(absl::StrCat("BIG", i, "=", std::string(100'000, 'x')));
    size += spec.environment.back().size() + 1;
  }
  int counted = 0;
  ASSERT_TRUE(absl::SimpleAtoi(OutputOf(std::move(spec)), &counted));
  EXPECT_GE(counted, static_cast<int>(size));
}

TEST_F(ProcessLaunchTest, StdoutAndStderrAreTheDescriptorsOfTheSpec) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  UniqueFd errors(ends[0]);
  LaunchSpec spec = Shell("echo to stdout; echo to stderr >&2");
  spec.stderr_fd = UniqueFd(ends[1]);
  EXPECT_EQ(OutputOf(std::move(spec)), "to stdout\n");
  char buffer[64];
  const ssize_t got = read(errors.get(), buffer, sizeof(buffer));
  EXPECT_EQ(std::string(buffer, got), "to stderr\n");
}

TEST_F(ProcessLaunchTest, NothingButTheStandardDescriptorsIsOpenInTheTask) {
  // One that the supervisor itself forgot to close on exec.
  UniqueFd leak(open("/dev/null", O_RDONLY));
  EXPECT_EQ(OutputOf(Shell("ls /proc/$$/fd; true")), "0\n1\n2\n");
}

TEST_F(ProcessLaunchTest, TheTaskLeadsASessionOfItsOwnWithNoSignalBlockedOrIgnored) {
  LaunchSpec spec = Shell(
      "read pid name state parent group session rest < /proc/self/stat;"
      "[ $pid = $group ] && [ $pid = $session ] && echo leader;"
      "exec grep -E 'SigBlk|SigIgn' /proc/self/status");
  EXPECT_EQ(OutputOf(std::move(spec)),
            "leader\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

TEST_F(ProcessLaunchTest, TheTaskHasTheLimitsOfTheSpecAndTheUmaskOfTheSupervisor) {
  const mode_t before = umask(0031);
  absl::StatusOr<Shim> shim = ForkShim();
  umask(before);
  ASSERT_TRUE(shim.ok()) << shim.status();
  UseShim(*std::move(shim));
  LaunchSpec spec = Shell("ulimit -Sn; ulimit -Hn; ulimit -Sc; umask");
  spec.limits = {{.resource = RLIMIT_NOFILE, .soft = 50, .hard = 60},
                 {.resource = RLIMIT_CORE, .soft = 0, .hard = 0}};
  EXPECT_EQ(OutputOf(std::move(spec)), "50\n60\n0\n0031\n");
}

TEST_F(ProcessLaunchTest, ALimitThatTheKernelRefusesIsNamedWithStepAndError) {
  LaunchSpec spec = Shell("exit 0");
  spec.limits = {{.resource = RLIMIT_NOFILE, .soft = 60, .hard = 50}};
  tree_->Launch(std::move(spec));
  AwaitEvent("gone");
  EXPECT_THAT(events_,
              ElementsAre("exec failed: setrlimit RLIMIT_NOFILE: Invalid argument", "gone"));
}

TEST_F(ProcessLaunchTest, TheTaskRunsAsItsUserWithNoGroupOfOurs) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can switch users";
  LaunchSpec spec = Shell("id -un; id -G; grep CapEff /proc/self/status");
  spec.user = "nobody";
  EXPECT_EQ(OutputOf(std::move(spec)), "nobody\n65534\nCapEff:\t0000000000000000\n");
}

TEST_F(ProcessLaunchTest, WithoutPrivilegeAnotherUserIsRefused) {
  if (geteuid() == 0) GTEST_SKIP() << "root may become anyone";
  LaunchSpec spec = Shell("exit 0");
  spec.user = "root";
  tree_->Launch(std::move(spec));
  AwaitEvent("gone");
  EXPECT_THAT(events_,
              ElementsAre("exec failed: setgroups for user root: Operation not permitted", "gone"));
}

}  // namespace
}  // namespace mesos_executor::process
