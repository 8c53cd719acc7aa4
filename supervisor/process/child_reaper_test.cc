#include "supervisor/process/child_reaper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utility>

#include "supervisor/base/subprocess.h"
#include "supervisor/event_loop/asio_event_loop.h"

namespace mesos_executor::process {
namespace {

class ChildReaperTest : public testing::Test {
 protected:
  void SetUp() override {
    // The watchdog: SIGALRM ends the test program.
    alarm(60);
    MakeReaper();
  }
  void TearDown() override {
    reaper_.reset();
    EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1) << "a child is left";
    alarm(0);
  }

  void MakeReaper() {
    absl::StatusOr<std::unique_ptr<ChildReaper>> reaper = ChildReaper::Create(&loop_);
    ASSERT_TRUE(reaper.ok()) << reaper.status();
    reaper_ = *std::move(reaper);
  }

  pid_t Run(const std::string& command) {
    const absl::StatusOr<pid_t> pid =
        Spawn({.argv = {"/bin/sh", "-c", command}, .environment = {"PATH=/usr/bin:/bin"}});
    EXPECT_TRUE(pid.ok()) << pid.status();
    return *pid;
  }

  void Await(absl::FunctionRef<bool()> condition) {
    while (!condition()) loop_.io_context().run_one();
  }

  AsioEventLoop loop_;
  std::unique_ptr<ChildReaper> reaper_;
};

TEST_F(ChildReaperTest, EachChildsStatusGoesToItsOwnWatcher) {
  int first = -1, second = -1;
  auto one = reaper_->Watch(Run("exit 1"), [&](int status) { first = status; });
  auto two = reaper_->Watch(Run("kill -TERM $$"), [&](int status) { second = status; });
  Await([&] { return first != -1 && second != -1; });
  EXPECT_EQ(WEXITSTATUS(first), 1);
  EXPECT_EQ(WTERMSIG(second), SIGTERM);
}

TEST_F(ChildReaperTest, AWatchedChildLivesOnAndWhatItLeavesBehindIsKilled) {
  int parent = -1, bystander = -1;
  const pid_t bystander_pid = Run("exec sleep 1000");
  auto one = reaper_->Watch(bystander_pid, [&](int status) { bystander = status; });
  auto two =
      reaper_->Watch(Run("setsid sleep 1000 & exit 0"), [&](int status) { parent = status; });
  Await([&] { return parent != -1; });
  bool gone = false;
  auto three = reaper_->WhenNoStrangers([&] { gone = true; });
  Await([&] { return gone; });
  EXPECT_THAT(*Children(getpid()), testing::ElementsAre(bystander_pid));
  EXPECT_EQ(bystander, -1);
  ASSERT_EQ(kill(bystander_pid, SIGKILL), 0);
  Await([&] { return bystander != -1; });
}

TEST_F(ChildReaperTest, AChildNobodyWatchesIsKilledAtOnce) {
  Run("exec sleep 1000");
  bool gone = false;
  auto watch = reaper_->WhenNoStrangers([&] { gone = true; });
  Await([&] { return gone; });
  EXPECT_THAT(reaper_->DescribeStrangers(), testing::IsEmpty());
}

TEST_F(ChildReaperTest, StrangersAreNotGoneWhileTheyCannotBeLookedFor) {
  const pid_t stranger = Run("exec sleep 1000");
  bool gone = false, left = false;
  auto watch = reaper_->WhenNoStrangers([&] {
    gone = true;
    left = kill(stranger, 0) == 0;
  });
  rlimit descriptors;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &descriptors), 0);
  const rlimit none{.rlim_cur = 0, .rlim_max = descriptors.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  // After the look that WhenNoStrangers asks for.
  bool restored = false;
  auto restore = loop_.After(absl::Milliseconds(1),
                             [&] { restored = setrlimit(RLIMIT_NOFILE, &descriptors) == 0; });
  Await([&] { return restored && gone; });
  EXPECT_FALSE(left);
}

TEST_F(ChildReaperTest, AChildThatWasThereBeforeIsLeftAlone) {
  reaper_.reset();
  const pid_t inherited = Run("exec sleep 1000");
  MakeReaper();
  bool gone = false;
  auto wish = reaper_->WhenNoStrangers([&] { gone = true; });
  Await([&] { return gone; });
  EXPECT_EQ(kill(inherited, 0), 0);
  int status = -1;
  auto watch = reaper_->Watch(inherited, [&](int wait_status) { status = wait_status; });
  ASSERT_EQ(kill(inherited, SIGKILL), 0);
  Await([&] { return status != -1; });
}

TEST_F(ChildReaperTest, ADestroyedWatchIsSilentAndItsChildIsNoStranger) {
  const pid_t child = Run("exec sleep 1000");
  reaper_->Watch(child, [](int) { FAIL(); }).reset();
  bool gone = false;
  auto wish = reaper_->WhenNoStrangers([&] { gone = true; });
  Await([&] { return gone; });
  ASSERT_EQ(kill(child, SIGTERM), 0);
  // Until it has been reaped.
  std::unique_ptr<Pending> timer;
  Await([&] {
    timer = loop_.After(absl::Milliseconds(1), [] {});
    return kill(child, 0) != 0;
  });
}

TEST_F(ChildReaperTest, AWatchMayBeDestroyedByItsOwnCallback) {
  bool ended = false;
  std::unique_ptr<Pending> watch;
  watch = reaper_->Watch(Run("exit 0"), [&](int) {
    watch.reset();
    ended = true;
  });
  Await([&] { return ended; });
}

}  // namespace
}  // namespace mesos_executor::process
