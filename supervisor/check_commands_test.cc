#include "supervisor/check_commands.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "supervisor/event_loop/asio_event_loop.h"
#include "supervisor/health/health_checker.h"
#include "supervisor/health/new_prober.h"
#include "supervisor/process/shim.h"
#include "supervisor/process/tree_fixture.h"

namespace mesos_executor {
namespace {

using ::mesos_executor::process::ProcessesWith;
using ::mesos_executor::process::TestTask;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class CheckCommandsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    // The watchdog: SIGALRM ends the test program.
    alarm(60);
    auto reaper = process::ChildReaper::Create(&loop_);
    ASSERT_TRUE(reaper.ok()) << reaper.status();
    reaper_ = *std::move(reaper);
    static int count = 0;
    mark_ = absl::StrCat("CHECK_TEST_MARK=", getpid(), "-", ++count);
    surroundings_.environment = {"PATH=/usr/bin:/bin", "OF_THE_TASK=1", mark_};
    MakeCommands();
  }

  void TearDown() override {
    pending_.reset();
    commands_.reset();
    reaper_.reset();
    while (waitpid(-1, nullptr, 0) > 0) {
    }
    EXPECT_THAT(ProcessesWith(mark_), IsEmpty());
    alarm(0);
  }

  void MakeCommands() {
    commands_ =
        std::make_unique<CheckCommands>(&loop_, reaper_.get(), surroundings_, [this] { ++idle_; });
  }

  void Start(health::CheckCommand command) {
    result_.reset();
    pending_ = commands_->Run(command, [this](absl::StatusOr<int> result) {
      result_ = std::move(result);
      left_at_done_ = ProcessesWith(mark_).size();
    });
  }

  void Await(absl::FunctionRef<bool()> condition) {
    while (!condition()) {
      // What is seen in /proc alone is no event of the loop.
      const auto tick = loop_.After(absl::Milliseconds(10), [] {});
      loop_.io_context().run_one();
    }
  }

  absl::StatusOr<int> Run(health::CheckCommand command) {
    Start(std::move(command));
    Await([&] { return result_.has_value(); });
    return *result_;
  }

  absl::StatusOr<int> Shell(const std::string& command) {
    return Run({.argv = {"/bin/sh", "-c", command}});
  }

  AsioEventLoop loop_;
  std::unique_ptr<process::ChildReaper> reaper_;
  CheckCommands::Surroundings surroundings_;
  std::unique_ptr<CheckCommands> commands_;
  std::unique_ptr<Pending> pending_;
  std::optional<absl::StatusOr<int>> result_;
  size_t left_at_done_ = 0;
  int idle_ = 0;
  std::string mark_;
};

// As wait(2) gives it.
int Exited(int code) { return code << 8; }

TEST_F(CheckCommandsTest, TellsHowACommandEnded) {
  EXPECT_EQ(*Shell("exit 0"), Exited(0));
  EXPECT_EQ(*Shell("exit 3"), Exited(3));
  EXPECT_EQ(*Shell("kill -9 $$"), SIGKILL);
  EXPECT_EQ(idle_, 3);
}

TEST_F(CheckCommandsTest, FindsAProgramAndGivesItItsArguments) {
  EXPECT_EQ(*Run({.argv = {"name", "-c", "test \"$0 $1\" = 'a b c'", "a", "b c"}, .program = "sh"}),
            Exited(0));
}

TEST_F(CheckCommandsTest, TellsWhyACommandCannotStart) {
  EXPECT_THAT(std::string(Run({.argv = {"/no/such"}}).status().message()),
              HasSubstr("/no/such: No such file or directory"));
  EXPECT_TRUE(commands_->empty());
}

TEST_F(CheckCommandsTest, ACommandHasTheTasksEnvironmentAndItsOwnBeforeIt) {
  EXPECT_EQ(*Run({.argv = {"/bin/sh", "-c", "test \"$OF_THE_TASK $OF_THE_CHECK\" = '1 2'"},
                  .environment = {{"OF_THE_CHECK", "2"}}}),
            Exited(0));
  EXPECT_EQ(*Run({.argv = {"/bin/sh", "-c", "test \"$OF_THE_TASK\" = 3; env | grep -c OF_THE_TASK"},
                  .environment = {{"OF_THE_TASK", "3"}}}),
            Exited(0));
}

TEST_F(CheckCommandsTest, ACommandReadsNothingAndWritesToOurStderr) {
  char path[] = "/tmp/check_commands_test.XXXXXX";
  const UniqueFd file(mkstemp(path));
  const UniqueFd saved(fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0));
  ASSERT_EQ(dup2(file.get(), STDERR_FILENO), STDERR_FILENO);
  const auto result = Shell("cat; echo out; echo err >&2");
  ASSERT_EQ(dup2(saved.get(), STDERR_FILENO), STDERR_FILENO);
  std::ifstream written(path);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(written), {}), "out\nerr\n");
  EXPECT_EQ(*result, Exited(0));
  unlink(path);
}

TEST_F(CheckCommandsTest, ACommandRunsAsTheTasksUser) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can run a command as another user";
  surroundings_.user = "nobody";
  MakeCommands();
  EXPECT_EQ(*Shell("test \"$(id -un)\" = nobody"), Exited(0));
}

TEST_F(CheckCommandsTest, WhatACommandLeavesBehindIsGoneBeforeItsResultComes) {
  EXPECT_EQ(*Run({.argv = {TestTask("daemonizes"), "5"}}), Exited(5));
  EXPECT_EQ(left_at_done_, 0u);
}

TEST_F(CheckCommandsTest, ACancelledCommandIsKilledWithAllThatItStartedAndTellsNothing) {
  Start({.argv = {"/bin/sh", "-c", "setsid sleep 1000 & trap '' TERM; sleep 1000"}});
  Await([&] { return ProcessesWith(mark_).size() >= 3; });
  pending_.reset();
  Await([&] { return commands_->empty(); });
  EXPECT_THAT(ProcessesWith(mark_), IsEmpty());
  EXPECT_EQ(result_, std::nullopt);
  EXPECT_EQ(idle_, 1);
}

TEST_F(CheckCommandsTest, ADyingShimIsAFailureAndLeavesNothing) {
  EXPECT_EQ(Shell("setsid sleep 1000 & kill -9 $PPID; sleep 1000").status().message(),
            "its shim died");
  EXPECT_EQ(left_at_done_, 0u);
}

// The parts together.
TEST_F(CheckCommandsTest, ACheckThatTakesTooLongFailsAndAllThatItStartedIsKilled) {
  struct Observer final : health::HealthChecker::Observer {
    void OnResult(bool, absl::Duration, const std::string&) override {}
    void OnHealthy() override { FAIL(); }
    void OnUnhealthy(const std::string& why, bool kill) override {
      last = why;
      killed = kill;
    }
    std::string last;
    bool killed = false;
  } observer;
  const health::HealthDefinition definition{
      .check = {.probe = health::CheckCommand{.argv = {"/bin/sh", "-c",
                                                       "setsid sleep 1000 & sleep 1000"},
                                              .program = "/bin/sh"},
                .interval = absl::Milliseconds(10),
                .timeout = absl::Milliseconds(200)},
      .consecutive_failures = 2};
  health::HealthChecker checker(
      &loop_, health::NewProber(&loop_, nullptr, commands_.get(), definition.check), definition,
      [] { return false; }, &observer);
  checker.Start();
  Await([&] { return observer.killed && commands_->empty(); });
  EXPECT_EQ(observer.last,
            "COMMAND check by /bin/sh failed: no result within 200ms (2 times in a row)");
  EXPECT_THAT(ProcessesWith(mark_), IsEmpty());
}

TEST_F(CheckCommandsTest, NamesWhatLives) {
  Start({.argv = {"/bin/sleep", "1000"}});
  Await([&] { return !ProcessesWith(mark_).empty(); });
  EXPECT_THAT(commands_->Survivors(), Not(IsEmpty()));
}

TEST_F(CheckCommandsTest, StartsNoMoreWhileKilledOnesWontGo) {
  // None of them can go before the loop turns.
  for (int i = 0; i < 8; ++i) Start({.argv = {"/bin/sleep", "1000"}});
  pending_.reset();
  EXPECT_THAT(std::string(Run({.argv = {"/bin/true"}}).status().message()),
              HasSubstr("8 earlier commands were killed and won't go"));
  Await([&] { return commands_->empty(); });
  EXPECT_EQ(*Run({.argv = {"/bin/true"}}), Exited(0));
}

}  // namespace
}  // namespace mesos_executor

int main(int argc, char** argv) {
  mesos_executor::process::BecomeShimIfStartedAsOne(argc, argv);
  testing::InitGoogleMock(&argc, argv);
  return RUN_ALL_TESTS();
}
