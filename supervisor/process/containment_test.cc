// What holds a task together, and that nothing gets out of it.
#include "supervisor/process/containment.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "integration/scenarios/test_cgroup.h"
#include "supervisor/process/tree_fixture.h"

namespace mesos_executor::process {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

TEST(ContainmentNameTest, EachIsFoundByItsName) {
  for (Containment containment :
       {Containment::kSubreaper, Containment::kCgroup, Containment::kPidNamespace}) {
    EXPECT_EQ(ContainmentNamed(ContainmentName(containment)), containment);
  }
  EXPECT_EQ(ContainmentNamed("chroot"), std::nullopt);
}

class ContainmentTest : public TreeFixture {
 protected:
  LaunchSpec In(Containment containment, LaunchSpec spec) {
    spec.containment = containment;
    return spec;
  }

  void ExpectUsed(Containment containment) {
    EXPECT_EQ(tree_->containment().used, containment) << tree_->containment().why_not;
    EXPECT_EQ(tree_->containment().why_not, "");
  }
  void ExpectFallback(const testing::Matcher<std::string>& why) {
    EXPECT_EQ(tree_->containment().used, Containment::kSubreaper);
    EXPECT_THAT(tree_->containment().why_not, why);
    EXPECT_THAT(events_, ElementsAre("started", "exited 3", "gone"));
  }
};

// The shim runs in a cgroup that looks like the leaf of a Mesos container.
class CgroupTest : public ContainmentTest {
 protected:
  void SetUp() override {
    ContainmentTest::SetUp();
    absl::StatusOr<std::unique_ptr<TestCgroup>> container = TestCgroup::Create("unified");
    if (!container.ok()) GTEST_SKIP() << container.status().message();
    container_ = *std::move(container);
    leaf_ = container_->path() + "/leaf";
    ASSERT_EQ(mkdir(leaf_.c_str(), 0755), 0);
    const TestCgroup::Inside to_come_back(*container_);
    std::ofstream(leaf_ + "/cgroup.procs") << getpid() << std::flush;
    absl::StatusOr<Shim> shim = ForkShim();
    ASSERT_TRUE(shim.ok()) << shim.status();
    UseShim(*std::move(shim));
  }
  void TearDown() override {
    ContainmentTest::TearDown();
    if (!container_) return;
    // Busy for a moment after its last process.
    AwaitState([this] { return rmdir(leaf_.c_str()) == 0; });
  }

  std::string Inside() const { return leaf_ + "/agent"; }

  std::unique_ptr<TestCgroup> container_;
  std::string leaf_;
};

TEST_F(CgroupTest, TheWholeTreeIsInsideAndGoesWithIt) {
  tree_->Launch(In(Containment::kCgroup, Spec({TestTask("daemonizes")})));
  AwaitReady();
  AwaitEvent("started");
  ExpectUsed(Containment::kCgroup);
  AwaitState([this] { return tree_->Survivors().size() == 2; });
  std::vector<pid_t> inside;
  std::ifstream processes(Inside() + "/cgroup.procs");
  for (pid_t pid; processes >> pid;) inside.push_back(pid);
  EXPECT_THAT(inside, SizeIs(2));
  EXPECT_THAT(inside, Contains(main_pid_));
  tree_->Kill();
  AwaitEvent("gone");
  EXPECT_THAT(events_, ElementsAre("started", "signalled 9", "gone"));
  EXPECT_NE(access(Inside().c_str(), F_OK), 0);
}

TEST_F(CgroupTest, ATaskThatLeavesItIsKilledToo) {
  tree_->Launch(
      In(Containment::kCgroup, Shell(absl::StrCat("echo $$ > ", leaf_, "/cgroup.procs && ",
                                                  "setsid sleep 1000 & echo ready; wait"))));
  AwaitReady();
  AwaitEvent("started");
  ExpectUsed(Containment::kCgroup);
  tree_->Kill();
  AwaitEvent("gone");
}

TEST_F(CgroupTest, WhatEndsByItselfLeavesNoCgroup) {
  EXPECT_EQ(OutputOf(In(Containment::kCgroup, Shell("echo done; exit 3"))), "done\n");
  EXPECT_THAT(events_, ElementsAre("started", "exited 3", "gone"));
  EXPECT_NE(access(Inside().c_str(), F_OK), 0);
}

TEST_F(CgroupTest, CgroupsThatTheTaskMadeGoToo) {
  const std::string deep = Inside() + "/of-the-task/deep";
  tree_->Launch(In(Containment::kCgroup,
                   Shell(absl::StrCat("mkdir -p ", deep, " ", Inside(), "/another && echo $$ > ",
                                      deep, "/cgroup.procs && exec sleep 1000 >&-"))));
  Await([this] { return output_closed_; });
  EXPECT_EQ(access(deep.c_str(), F_OK), 0);
  tree_->Kill();
  AwaitEvent("gone");
  EXPECT_NE(access(Inside().c_str(), F_OK), 0);
}

TEST_F(CgroupTest, AnExecThatFailsLeavesNoCgroup) {
  tree_->Launch(In(Containment::kCgroup, Spec({"/no/such"})));
  AwaitEvent("gone");
  EXPECT_THAT(events_,
              ElementsAre("exec failed: exec /no/such: No such file or directory", "gone"));
  EXPECT_NE(access(Inside().c_str(), F_OK), 0);
}

TEST_F(CgroupTest, OneThatIsThereIsSomebodyElses) {
  ASSERT_EQ(mkdir(Inside().c_str(), 0755), 0);
  OutputOf(In(Containment::kCgroup, Shell("exit 3")));
  ExpectFallback(EndsWith("/leaf/agent: File exists"));
  EXPECT_EQ(rmdir(Inside().c_str()), 0);
}

TEST_F(ContainmentTest, OutsideOfAContainersLeafNoCgroupIsMade) {
  OutputOf(In(Containment::kCgroup, Shell("exit 3")));
  ExpectFallback(Not(IsEmpty()));
}

class PidNamespaceTest : public ContainmentTest {
 protected:
  void SetUp() override {
    ContainmentTest::SetUp();
    if (geteuid() != 0) GTEST_SKIP() << "only root can make a PID namespace";
  }
  LaunchSpec Inside(LaunchSpec spec) { return In(Containment::kPidNamespace, std::move(spec)); }
};

TEST_F(PidNamespaceTest, TheTaskSeesItsOwnProcessesOnlyAndItsExitCodeIsKept) {
  EXPECT_EQ(OutputOf(Inside(Shell("echo $$; cd /proc; echo [0-9]*; exit 3"))), "2\n1 2\n");
  ExpectUsed(Containment::kPidNamespace);
  EXPECT_THAT(events_, ElementsAre("started", "exited 3", "gone"));
}

TEST_F(PidNamespaceTest, TheMountOfProcIsTheTasksAlone) {
  OutputOf(Inside(Shell("exit 0")));
  EXPECT_EQ(access(absl::StrCat("/proc/", getpid()).c_str(), F_OK), 0);
}

TEST_F(PidNamespaceTest, AnotherUserIsAsEver) {
  LaunchSpec spec = Inside(Shell("id -un"));
  spec.user = "nobody";
  EXPECT_EQ(OutputOf(std::move(spec)), "nobody\n");
}

TEST_F(PidNamespaceTest, TerminateReachesAll) {
  tree_->Launch(
      Inside(Shell("daemon='echo ready; exec sleep 1000'\n"
                   "setsid sh -c \"$daemon\" & setsid setsid sh -c \"$daemon\" & wait")));
  Await([&] { return output_ == "ready\nready\n"; });
  tree_->Terminate();
  AwaitEvent("gone");
  EXPECT_THAT(events_, ElementsAre("started", "signalled 15", "gone"));
}

TEST_F(PidNamespaceTest, ADaemonThatOutlivesTheMainProcessKeepsTheTreeUntilItIsKilled) {
  tree_->Launch(Inside(Spec({TestTask("daemonizes"), "5"})));
  AwaitReady();
  AwaitEvent("exited 5");
  EXPECT_THAT(ProcessesWith(mark_), SizeIs(1));
  EXPECT_THAT(events_, Not(Contains("gone")));
  tree_->Kill();
  AwaitEvent("gone");
  EXPECT_THAT(events_, ElementsAre("started", "exited 5", "gone"));
}

TEST_F(PidNamespaceTest, ADaemonThatEndsByItselfEndsTheTree) {
  tree_->Launch(Inside(Shell("setsid sh -c 'while [ -e /proc/$0 ]; do :; done' $$ & exit 0")));
  AwaitEvent("gone");
  EXPECT_THAT(events_, ElementsAre("started", "exited 0", "gone"));
}

TEST_F(PidNamespaceTest, AnExecThatFailsIsNamedAndLeavesNothing) {
  tree_->Launch(Inside(Spec({"/no/such"})));
  AwaitEvent("gone");
  EXPECT_THAT(events_,
              ElementsAre("exec failed: exec /no/such: No such file or directory", "gone"));
}

TEST_F(PidNamespaceTest, ATaskThatKillsAllThatItSeesKillsNothingOfOurs) {
  tree_->Launch(Inside(Shell("kill -KILL -1; exit 3")));
  AwaitEvent("gone");
  EXPECT_THAT(events_, ElementsAre("started", "exited 3", "gone"));
}

TEST_F(PidNamespaceTest, TheSupervisorTakesOverFromAShimThatWasKilled) {
  tree_->Launch(Inside(Spec({TestTask("reforks"), "4"})));
  AwaitReady();
  AwaitEvent("started");
  ASSERT_EQ(kill(shim_pid_, SIGKILL), 0);
  AwaitEvent("gone");
  EXPECT_THAT(events_, ElementsAre("started", "shim died", "gone"));
}

TEST_F(PidNamespaceTest, WithoutPrivilegeTheTaskRunsUnderASubreaper) {
  UseShimOfNobody();
  OutputOf(Inside(Shell("exit 3")));
  ExpectFallback("unshare(CLONE_NEWPID): Operation not permitted");
}

// A task that forks as fast as it can, under a limit that keeps the machine well.
class ForkStormTest : public CgroupTest, public testing::WithParamInterface<Containment> {
 protected:
  void SetUp() override {
    absl::StatusOr<std::unique_ptr<TestCgroup>> bounds = TestCgroup::Create("pids");
    if (!bounds.ok()) GTEST_SKIP() << bounds.status().message();
    bounds_ = *std::move(bounds);
    bounds_->Write("pids.max", "200");
    const TestCgroup::Inside to_come_back(*bounds_);
    CgroupTest::SetUp();
  }

  std::unique_ptr<TestCgroup> bounds_;
};

TEST_P(ForkStormTest, IsBeaten) {
  tree_->Launch(In(GetParam(), Spec({TestTask("forks_fast")})));
  AwaitReady();
  AwaitEvent("started");
  ExpectUsed(GetParam());
  // Its limit, less the shim and what holds the task.
  AwaitState([this] { return bounds_->Processes().size() > 190; });
  tree_->Terminate();
  tree_->Kill();
  AwaitEvent("gone");
  EXPECT_THAT(events_, ElementsAre("started", "signalled 9", "gone"));
  EXPECT_THAT(ProcessesWith(mark_), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(All, ForkStormTest,
                         testing::Values(Containment::kSubreaper, Containment::kCgroup,
                                         Containment::kPidNamespace),
                         [](const auto& info) {
                           std::string name(ContainmentName(info.param));
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace mesos_executor::process
