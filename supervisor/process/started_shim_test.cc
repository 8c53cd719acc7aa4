// A shim for a command that isn't the task, started when there are threads.
#include <gmock/gmock.h>
#include <signal.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "supervisor/process/shim.h"
#include "supervisor/process/tree_fixture.h"

namespace mesos_executor::process {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class StartedShimTest : public TreeFixture {
 protected:
  void SetUp() override {
    TreeFixture::SetUp();
    absl::StatusOr<Shim> shim = StartShim();
    ASSERT_TRUE(shim.ok()) << shim.status();
    UseShim(*std::move(shim));
  }
};

TEST_F(StartedShimTest, RunsACommandThatHasNothingToRead) {
  EXPECT_EQ(OutputOf(Shell("cat; echo read all; exit 3")), "read all\n");
  EXPECT_THAT(events_, ElementsAre("started", "exited 3", "gone"));
}

TEST_F(StartedShimTest, LeavesTheCommandNoDescriptorOfItsOwn) {
  EXPECT_EQ(OutputOf(Shell("ls /proc/$$/fd; true")), "0\n1\n2\n");
}

TEST_F(StartedShimTest, KeepsNoEnvironment) {
  tree_->Launch(Shell("echo ready; exec sleep 1000"));
  AwaitReady();
  std::ifstream file(absl::StrCat("/proc/", shim_pid_, "/environ"));
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), "");
}

TEST_F(StartedShimTest, KillsWhatTheCommandLeftBehind) {
  tree_->Launch(Spec({TestTask("daemonizes"), "5"}));
  AwaitReady();
  AwaitEvent("exited 5");
  EXPECT_THAT(ProcessesWith(mark_), SizeIs(1));
  tree_->Kill();
  AwaitEvent("gone");
  EXPECT_THAT(ProcessesWith(mark_), IsEmpty());
}

TEST_F(StartedShimTest, TheSupervisorKillsWhatAKilledOneHad) {
  tree_->Launch(Spec({TestTask("reforks"), "4"}));
  AwaitReady();
  AwaitEvent("started");
  ASSERT_EQ(kill(shim_pid_, SIGKILL), 0);
  AwaitEvent("gone");
  EXPECT_THAT(events_, ElementsAre("started", "shim died", "gone"));
}

TEST_F(StartedShimTest, EndsWhenItsTreeIsDestroyedUnused) {
  // TearDown waits for it.
  tree_.reset();
}

TEST(BecomeShimIfStartedAsOneTest, TheArgumentAloneMakesNoShim) {
  char name[] = "mesos-executor", argument[] = "mesos-executor-shim";
  char* argv[] = {name, argument, nullptr};
  BecomeShimIfStartedAsOne(2, argv);
  // Nor with an empty environment, where the descriptor isn't a shim's.
  char* nothing[] = {nullptr};
  char** const environment = std::exchange(environ, nothing);
  BecomeShimIfStartedAsOne(2, argv);
  environ = environment;
}

}  // namespace
}  // namespace mesos_executor::process

int main(int argc, char** argv) {
  mesos_executor::process::BecomeShimIfStartedAsOne(argc, argv);
  testing::InitGoogleMock(&argc, argv);
  return RUN_ALL_TESTS();
}
