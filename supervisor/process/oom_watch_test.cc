#include "supervisor/process/oom_watch.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <memory>

#include "absl/strings/str_cat.h"
#include "integration/scenarios/test_cgroup.h"
#include "supervisor/base/subprocess.h"

namespace mesos_executor::process {
namespace {

// A folder in the place of /proc/self, and one in the place of a cgroup file system.
class OomWatchTest : public testing::Test {
 protected:
  OomWatchTest() : root_(absl::StrCat(testing::TempDir(), "/oom-XXXXXX")) {
    EXPECT_NE(mkdtemp(root_.data()), nullptr);
    for (const char* folder : {"/task", "/task/leaf"}) {
      EXPECT_EQ(mkdir((root_ + folder).c_str(), 0755), 0);
    }
  }

  void Unified() {
    Write("cgroup", "0::/task/leaf\n");
    Write("mountinfo", absl::StrCat("1 1 0:1 / ", root_, " rw - cgroup2 cgroup2 rw\n"));
  }
  void Version1() {
    Write("cgroup", "4:memory:/task\n0::/task/leaf\n");
    Write("mountinfo", absl::StrCat("1 1 0:1 / ", root_, " rw - cgroup cgroup rw,memory\n"));
  }
  void Write(const std::string& file, const std::string& text) {
    std::ofstream(absl::StrCat(root_, "/", file)) << text;
  }

  std::string root_;
};

constexpr char kTwo[] = "low 0\nhigh 9\nmax 7\noom 3\noom_kill 2\noom_group_kill 5\n";
constexpr char kThree[] = "low 0\nhigh 9\nmax 7\noom 4\noom_kill 3\noom_group_kill 5\n";

TEST_F(OomWatchTest, CountsFromWhenItWasOpened) {
  Unified();
  Write("task/leaf/memory.events", kTwo);
  const OomWatch watch = OomWatch::Open(root_);
  EXPECT_EQ(watch.Kills(), 0);
  Write("task/leaf/memory.events", kThree);
  EXPECT_EQ(watch.Kills(), 1);
}

TEST_F(OomWatchTest, ALeafWithoutTheControllerIsCountedAboveIt) {
  Unified();
  Write("task/memory.events", kTwo);
  const OomWatch watch = OomWatch::Open(root_);
  Write("task/memory.events", kThree);
  EXPECT_EQ(watch.Kills(), 1);
}

TEST_F(OomWatchTest, TheControllerOfVersionOneGoesBeforeAUnifiedHierarchyWithoutIt) {
  Version1();
  Write("task/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n");
  const OomWatch watch = OomWatch::Open(root_);
  EXPECT_EQ(watch.Kills(), 0);
  Write("task/memory.oom_control", "oom_kill_disable 0\nunder_oom 1\noom_kill 3\n");
  EXPECT_EQ(watch.Kills(), 2);
}

TEST_F(OomWatchTest, WhatIsNotThereCountsNothing) {
  EXPECT_EQ(OomWatch::Open(root_).Kills(), 0);
  Version1();
  // Before Linux 4.13.
  Write("task/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\n");
  EXPECT_EQ(OomWatch::Open(root_).Kills(), 0);
  Unified();
  EXPECT_EQ(OomWatch::Open(root_).Kills(), 0);
}

TEST_F(OomWatchTest, AFileThatGoesAwayCountsNothing) {
  Unified();
  Write("task/leaf/memory.events", kTwo);
  const OomWatch watch = OomWatch::Open(root_);
  ASSERT_EQ(unlink((root_ + "/task/leaf/memory.events").c_str()), 0);
  EXPECT_EQ(watch.Kills(), 0);
}

TEST(OomWatchOfTheKernelTest, AProcessThatIsKilledForMemoryIsCounted) {
  absl::StatusOr<std::unique_ptr<TestCgroup>> cgroup = TestCgroup::Create("memory");
  if (!cgroup.ok()) GTEST_SKIP() << cgroup.status().message();
  (*cgroup)->Write("memory.limit_in_bytes", "16777216");
  absl::StatusOr<pid_t> pid;
  std::unique_ptr<OomWatch> watch;
  {
    const TestCgroup::Inside inside(**cgroup);
    watch = std::make_unique<OomWatch>(OomWatch::Open());
    pid = Spawn({.argv = {"integration/testtasks/eats_memory", "once"}});
  }
  ASSERT_TRUE(pid.ok()) << pid.status();
  int status;
  ASSERT_EQ(waitpid(*pid, &status, 0), *pid);
  ASSERT_TRUE(WIFSIGNALED(status)) << status;
  EXPECT_EQ(watch->Kills(), 1);
}

}  // namespace
}  // namespace mesos_executor::process
