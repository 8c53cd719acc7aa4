#include "supervisor/process/descendants.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "supervisor/base/unique_fd.h"

namespace mesos_executor::process {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;

// A child that has a child of its own, both asleep until they are killed.
class DescendantsTest : public testing::Test {
 protected:
  void SetUp() override {
    alarm(60);
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const UniqueFd reader(ends[0]), writer(ends[1]);
    child_ = fork();
    if (child_ == 0) {
      // As odd as a name can be.
      prctl(PR_SET_NAME, "a) S 1 (b");
      if (fork() == 0) {
        const pid_t self = getpid();
        if (write(writer.get(), &self, sizeof(self)) != sizeof(self)) _exit(1);
      }
      for (;;) pause();
    }
    ASSERT_EQ(read(reader.get(), &grandchild_, sizeof(grandchild_)),
              static_cast<ssize_t>(sizeof(grandchild_)));
  }
  void TearDown() override {
    kill(grandchild_, SIGKILL);
    kill(child_, SIGKILL);
    while (waitpid(-1, nullptr, 0) > 0) {
    }
    alarm(0);
  }

  static std::vector<pid_t> Pids(const std::vector<ProcessId>& processes) {
    std::vector<pid_t> pids;
    for (const ProcessId& process : processes) pids.push_back(process.pid);
    return pids;
  }
  std::vector<pid_t> Found(absl::FunctionRef<bool(pid_t)> spared) {
    return Pids(Descendants(getpid(), spared));
  }

  pid_t child_ = 0;
  pid_t grandchild_ = 0;
};

TEST_F(DescendantsTest, FindsAllLevelsParentsFirst) {
  EXPECT_THAT(*Children(getpid()), ElementsAre(child_));
  EXPECT_THAT(Found(SpareNone), ElementsAre(child_, grandchild_));
}

TEST_F(DescendantsTest, OneScanFindsTheSameAsTheKernelsLists) {
  const Families families = *ScanFamilies();
  EXPECT_THAT(families.at(getpid()), ElementsAre(child_));
  EXPECT_THAT(Pids(DescendantsIn(families, getpid(), SpareNone)), ElementsAre(child_, grandchild_));
  EXPECT_THAT(DescendantsIn(families, getpid(), [](pid_t) { return true; }), IsEmpty());
  EXPECT_THAT(DescendantsIn(families, grandchild_, SpareNone), IsEmpty());
}

TEST_F(DescendantsTest, SparesAChildWithAllBelowIt) {
  EXPECT_THAT(Found([this](pid_t pid) { return pid == child_; }), IsEmpty());
  // Only children of the root can be spared.
  EXPECT_THAT(Found([this](pid_t pid) { return pid == grandchild_; }),
              ElementsAre(child_, grandchild_));
}

TEST_F(DescendantsTest, SignalsThatVeryProcessOnly) {
  std::vector<ProcessId> found = Descendants(getpid(), SpareNone);
  ASSERT_EQ(found.size(), 2u);
  ProcessId other = found[0];
  ++other.start_time;
  EXPECT_FALSE(Signal(other, SIGKILL));
  EXPECT_EQ(errno, ESRCH);
  EXPECT_TRUE(Signal(found[0], SIGTERM));
  int status;
  ASSERT_EQ(waitpid(child_, &status, 0), child_);
  EXPECT_EQ(WTERMSIG(status), SIGTERM);
  EXPECT_FALSE(Signal(found[0], SIGKILL));
}

TEST_F(DescendantsTest, DescribesTheLivingWhateverTheirNames) {
  const std::string child = std::to_string(child_), grandchild = std::to_string(grandchild_);
  EXPECT_THAT(DescribeDescendants(getpid(), SpareNone),
              ElementsAre(HasSubstr(child + " (a) S 1 (b, state "),
                          HasSubstr(grandchild + " (a) S 1 (b, state ")));
}

TEST_F(DescendantsTest, SaysWhomWeMayNotSignal) {
  if (geteuid() != 0) GTEST_SKIP() << "only root has somebody else's children";
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  UniqueFd reader(ends[0]), writer(ends[1]);
  const pid_t other = fork();
  if (other == 0) {
    const pid_t roots = fork();
    if (roots == 0) {
      for (;;) pause();
    }
    constexpr uid_t kNobody = 65534;
    // The system call: a sanitizer's thread may be in this child, and needn't follow.
    if (syscall(SYS_setresuid, kNobody, kNobody, kNobody) != 0) _exit(1);
    const std::vector<std::string> lines = DescribeDescendants(getpid(), SpareNone);
    for (const std::string& line : lines) {
      if (write(writer.get(), line.data(), line.size()) < 0) _exit(1);
    }
    for (;;) pause();
  }
  writer.Reset();
  char text[256];
  const ssize_t size = read(reader.get(), text, sizeof(text));
  ASSERT_GT(size, 0);
  EXPECT_THAT(std::string(text, size), EndsWith(", of a user whom we may not signal)"));
  for (const ProcessId& process : Descendants(other, SpareNone)) Signal(process, SIGKILL);
  kill(other, SIGKILL);
}

TEST_F(DescendantsTest, AProcessThatIsNotThereHasNone) {
  ASSERT_EQ(kill(grandchild_, SIGKILL), 0);
  ASSERT_EQ(kill(child_, SIGKILL), 0);
  ASSERT_EQ(waitpid(child_, nullptr, 0), child_);
  EXPECT_THAT(Descendants(child_, SpareNone), IsEmpty());
  EXPECT_EQ(Children(child_).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(DescendantsTest, ALookThatFailsIsNotALookThatFindsNothing) {
  rlimit descriptors;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &descriptors), 0);
  const rlimit none{.rlim_cur = 0, .rlim_max = descriptors.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  const absl::Status children = Children(getpid()).status(), families = ScanFamilies().status();
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &descriptors), 0);
  EXPECT_EQ(children.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(families.code(), absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace mesos_executor::process
