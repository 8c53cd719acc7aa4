// What can't be killed is named, and not given up.
#include <gmock/gmock.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "integration/scenarios/test_cgroup.h"
#include "supervisor/process/descendants.h"
#include "supervisor/process/tree_fixture.h"

namespace mesos_executor::process {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class ProcessUnkillableTest : public TreeFixture {};

TEST_F(ProcessUnkillableTest, AProcessThatNoSignalReachesIsNamedAndKeepsTheTree) {
  absl::StatusOr<std::unique_ptr<TestCgroup>> freezer = TestCgroup::Create("freezer");
  if (!freezer.ok()) GTEST_SKIP() << freezer.status().message();
  tree_->Launch(Spec({TestTask("freezes_itself"), (*freezer)->path()}));
  AwaitReady();
  tree_->Kill();
  AwaitEvent("signalled 9");
  AwaitState([this] {
    return testing::Value(tree_->Survivors(), ElementsAre(HasSubstr("(freezes_itself, state D)")));
  });
  EXPECT_THAT(events_, Not(Contains("gone")));
  (*freezer)->Write("freezer.state", "THAWED");
  AwaitEvent("gone");
}

// A copy that becomes root, whoever starts it; in a folder that all may enter.
std::string SetuidCopy(const std::string& program) {
  std::string folder = "/tmp/setuid-XXXXXX";
  EXPECT_NE(mkdtemp(folder.data()), nullptr);
  EXPECT_EQ(chmod(folder.c_str(), 0755), 0);
  std::string copy = folder + "/becomes_root";
  std::ofstream(copy, std::ios::binary) << std::ifstream(program, std::ios::binary).rdbuf();
  EXPECT_EQ(chmod(copy.c_str(), 04755), 0);
  return copy;
}

TEST_F(ProcessUnkillableTest, AProgramThatHasBecomeRootKeepsTheTreeOfAnotherUser) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can make a setuid program of root";
  UseShimOfNobody();
  const std::string program = SetuidCopy(TestTask("becomes_root"));
  tree_->Launch(Shell("sleep 1000 & exec " + program));
  AwaitReady();
  AwaitEvent("started");
  AwaitState([this] { return tree_->Survivors().size() == 2; });
  tree_->Kill();
  AwaitState([this] {
    return testing::Value(tree_->Survivors(), ElementsAre(HasSubstr("(becomes_root, state ")));
  });
  ASSERT_EQ(kill(main_pid_, SIGKILL), 0);
  AwaitEvent("gone");
  EXPECT_THAT(events_, ElementsAre("started", "signalled 9", "gone"));
  EXPECT_EQ(unlink(program.c_str()), 0);
  EXPECT_EQ(rmdir(program.substr(0, program.rfind('/')).c_str()), 0);
}

}  // namespace
}  // namespace mesos_executor::process
