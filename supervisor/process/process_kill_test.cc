// How a task is brought to an end, however it resists.
#include <gmock/gmock.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "supervisor/event_loop/manual_event_loop.h"
#include "supervisor/process/shim_protocol.h"
#include "supervisor/process/tree_fixture.h"

namespace mesos_executor::process {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::UnorderedElementsAre;

class ProcessKillTest : public TreeFixture {};

TEST_F(ProcessKillTest, TerminateReachesProcessesInSessionsOfTheirOwn) {
  // Each is ready once it has forked for the last time: a child that is born while its parent is
  // being signalled isn't reached.
  tree_->Launch(
      Shell("daemon='echo ready; exec sleep 1000'\n"
            "setsid sh -c \"$daemon\" & setsid setsid sh -c \"$daemon\" & wait"));
  Await([&] { return output_ == "ready\nready\n"; });
  tree_->Terminate();
  AwaitEvent("gone");
  EXPECT_THAT(events_, ElementsAre("started", "signalled 15", "gone"));
}

TEST_F(ProcessKillTest, TerminateSparesWhatTheTaskStartsToCleanUp) {
  tree_->Launch(
      Shell("trap 'sh -c \"echo cleaned up\"; exit 4' TERM; echo ready;"
            "while :; do sleep 1000 & wait; done"));
  AwaitReady();
  tree_->Terminate();
  AwaitEvent("exited 4");
  tree_->Kill();
  AwaitEvent("gone");
  Await([&] { return output_closed_; });
  EXPECT_EQ(output_, "ready\ncleaned up\n");
}

TEST_F(ProcessKillTest, AStoppedProcessActsOnTerminate) {
  tree_->Launch(Spec({TestTask("stops_itself")}));
  AwaitReady();
  tree_->Terminate();
  AwaitEvent("gone");
  EXPECT_THAT(events_, ElementsAre("started", "exited 7", "gone"));
}

TEST_F(ProcessKillTest, TerminateLeavesExcludedNamesAloneAndKillDoesNot) {
  std::string folder = absl::StrCat(testing::TempDir(), "/names-XXXXXX");
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  std::string command;
  for (const char* name : {"envoy", "longer-than-fifteen-bytes"}) {
    ASSERT_EQ(symlink("/bin/sleep", absl::StrCat(folder, "/", name).c_str()), 0);
    absl::StrAppend(&command, folder, "/", name, " 1000 & ");
  }
  LaunchSpec spec = Shell(command + "wait");
  spec.sigterm_exclusions = {"envoy-not", "longer-than-fifteen-bytes"};
  tree_->Launch(std::move(spec));
  const auto names_are = [this](const testing::Matcher<std::vector<std::string>>& matcher) {
    AwaitState([&] { return testing::Value(tree_->Survivors(), matcher); });
  };
  names_are(UnorderedElementsAre(HasSubstr("(sh,"), HasSubstr("(envoy,"),
                                 HasSubstr("(longer-than-fif,")));
  tree_->Terminate();
  AwaitEvent("signalled 15");
  names_are(ElementsAre(HasSubstr("(longer-than-fif,")));
  tree_->Kill();
  AwaitEvent("gone");
}

TEST_F(ProcessKillTest, KillEndsWhatIgnoresTerminate) {
  tree_->Launch(Spec({TestTask("ignores_sigterm")}));
  AwaitReady();
  tree_->Terminate();
  tree_->Kill();
  AwaitEvent("gone");
  EXPECT_THAT(events_, ElementsAre("started", "signalled 9", "gone"));
}

TEST_F(ProcessKillTest, TheTreeIsGoneOnlyWhenAnEscapedDaemonIs) {
  tree_->Launch(Spec({TestTask("daemonizes")}));
  AwaitReady();
  AwaitEvent("started");
  // The process between the two may still be on its way out.
  AwaitState([&] { return tree_->Survivors().size() == 2; });
  EXPECT_THAT(ProcessesWith(mark_), SizeIs(2));
  tree_->Kill();
  AwaitEvent("gone");
  EXPECT_THAT(ProcessesWith(mark_), IsEmpty());
  EXPECT_THAT(events_, ElementsAre("started", "signalled 9", "gone"));
}

TEST_F(ProcessKillTest, ADaemonThatOutlivesTheMainProcessKeepsTheTreeUntilItIsKilled) {
  tree_->Launch(Spec({TestTask("daemonizes"), "5"}));
  AwaitReady();
  AwaitEvent("exited 5");
  EXPECT_THAT(ProcessesWith(mark_), SizeIs(1));
  EXPECT_THAT(events_, Not(Contains("gone")));
  tree_->Kill();
  AwaitEvent("gone");
  EXPECT_THAT(events_, ElementsAre("started", "exited 5", "gone"));
}

TEST_F(ProcessKillTest, ADaemonThatEndsByItselfEndsTheTree) {
  tree_->Launch(Shell("setsid sh -c 'echo ready; while [ -e /proc/$0 ]; do :; done' $$ & exit 0"));
  AwaitEvent("gone");
  EXPECT_THAT(events_, ElementsAre("started", "exited 0", "gone"));
}

TEST_F(ProcessKillTest, DaemonsThatForkAllTheTimeAreBeaten) {
  tree_->Launch(Spec({TestTask("reforks"), "12"}));
  AwaitReady();
  tree_->Terminate();
  tree_->Kill();
  AwaitEvent("gone");
  Await([&] { return output_closed_; });
}

TEST_F(ProcessKillTest, AKillRightAfterTheLaunchLeavesNothing) {
  tree_->Launch(Spec({TestTask("daemonizes")}));
  tree_->Terminate();
  tree_->Kill();
  AwaitEvent("gone");
  Await([&] { return output_closed_; });
}

TEST_F(ProcessKillTest, BeforeTheLaunchThereIsNothingToKill) {
  tree_->Terminate();
  tree_->Kill();
  tree_->Launch(Shell("exit 0"));
  AwaitEvent("gone");
  EXPECT_THAT(events_, ElementsAre("started", "exited 0", "gone"));
}

TEST_F(ProcessKillTest, DestroyingTheTreeKillsIt) {
  tree_->Launch(Spec({TestTask("daemonizes")}));
  AwaitReady();
  tree_.reset();
  Await([&] { return output_closed_; });
}

TEST_F(ProcessKillTest, TheSupervisorTakesOverFromAShimThatWasKilled) {
  tree_->Launch(Spec({TestTask("reforks"), "4"}));
  AwaitReady();
  AwaitEvent("started");
  ASSERT_EQ(kill(shim_pid_, SIGKILL), 0);
  AwaitEvent("gone");
  EXPECT_THAT(events_, ElementsAre("started", "shim died", "gone"));
  Await([&] { return output_closed_; });
}

TEST_F(ProcessKillTest, AShimThatDiedBeforeTheLaunchFailsIt) {
  ASSERT_EQ(kill(shim_pid_, SIGKILL), 0);
  // Its number is free again once it has been reaped.
  AwaitState([&] { return kill(shim_pid_, 0) != 0; });
  tree_->Launch(Shell("exit 0"));
  AwaitEvent("gone");
  EXPECT_THAT(events_, ElementsAre("exec failed: launch: the shim has died", "gone"));
}

TEST_F(ProcessKillTest, AStoppedShimIsContinuedToKill) {
  tree_->Launch(Spec({TestTask("daemonizes")}));
  AwaitReady();
  AwaitEvent("started");
  ASSERT_EQ(kill(shim_pid_, SIGSTOP), 0);
  tree_->Kill();
  AwaitEvent("gone");
  EXPECT_THAT(events_, ElementsAre("started", "signalled 9", "gone"));
}

// A process in the shim's place that has a task and answers nothing.
Shim ForkSilentShim(const std::string& mark) {
  int ends[2];
  EXPECT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
  UniqueFd ours(ends[0]), its(ends[1]);
  const pid_t pid = fork();
  if (pid == 0) {
    std::string variable = mark;
    char* environment[] = {variable.data(), nullptr};
    if (fork() == 0) execle("/bin/sleep", "sleep", "1000", nullptr, environment);
    for (;;) pause();
  }
  return {pid, std::move(ours)};
}

TEST_F(ProcessKillTest, TheSupervisorTakesOverFromAShimThatIsSilent) {
  UseShim(ForkSilentShim(mark_), absl::Milliseconds(10));
  tree_->Launch(Shell("exit 0"));
  tree_->Kill();
  AwaitEvent("gone");
  EXPECT_THAT(events_, ElementsAre("shim died", "gone"));
}

// Acts on the end of the main process, which it hears of only when the shim has been reaped: the
// manual loop watches no descriptor.
class ShimLastWordsTest : public ProcessKillTest {
 protected:
  void OnMainExited(int wait_status) override {
    TreeFixture::OnMainExited(wait_status);
    tree_->Terminate();
    tree_->Kill();
  }

  ManualEventLoop manual_;
};

TEST_F(ShimLastWordsTest, NothingIsSentToAShimThatWasReaped) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
  const UniqueFd its(ends[1]);
  const pid_t pid = fork();
  if (pid == 0) _exit(0);
  UseShim({pid, UniqueFd(dup(ends[0]))});
  tree_ = std::make_unique<ProcessTree>(&manual_, reaper_.get(), Shim{pid, UniqueFd(ends[0])},
                                        static_cast<Observer*>(this));
  tree_->Launch(Shell("exit 0"));
  ASSERT_TRUE(SendReport(its.get(), {.kind = Report::kMainExited}));
  AwaitEvent("gone");
  EXPECT_THAT(events_, ElementsAre("exited 0", "shim died", "gone"));
  Order order;
  std::vector<UniqueFd> descriptors;
  EXPECT_EQ(ReceiveOrder(its.get(), order, descriptors), Received::kMessage);
  EXPECT_EQ(order.kind, Order::kLaunch);
  EXPECT_EQ(ReceiveOrder(its.get(), order, descriptors), Received::kNothingYet) << order.kind;
}

}  // namespace
}  // namespace mesos_executor::process
