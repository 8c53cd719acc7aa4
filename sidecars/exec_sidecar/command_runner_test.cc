#include "sidecars/exec_sidecar/command_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "absl/strings/numbers.h"
#include "sidecars/exec_sidecar/command_facts.h"
#include "supervisor/event_loop/asio_event_loop.h"

namespace mesos_executor::exec_sidecar {
namespace {

using ::testing::HasSubstr;

constexpr absl::Duration kLong = absl::Minutes(5);

class CommandRunnerTest : public ::testing::Test {
 protected:
  CommandRunnerTest() { alarm(60); }  // A test that hangs says so by dying.
  ~CommandRunnerTest() override { alarm(0); }

  CommandResult Run(std::string command, absl::Duration timeout = kLong) {
    const auto runner = NewShellRunner(&loop_, std::move(command));
    CommandResult result;
    const auto running =
        runner->Run({"PATH=/usr/bin:/bin", "WORD=hello"}, timeout, [&](CommandResult got) {
          result = std::move(got);
          loop_.Stop();
        });
    loop_.io_context().restart();
    loop_.Run();
    return result;
  }

  AsioEventLoop loop_;
};

TEST_F(CommandRunnerTest, GivesOutputAndErrors) {
  const CommandResult result = Run("echo \"$WORD\"; echo oh >&2");
  EXPECT_EQ(result.failure, "");
  EXPECT_EQ(result.output, "hello\n");
  EXPECT_EQ(result.errors, "oh\n");
  EXPECT_FALSE(result.cut);
}

TEST_F(CommandRunnerTest, SaysHowItFailed) {
  EXPECT_EQ(Run("exit 3").failure, "exit code 3");
  EXPECT_EQ(Run("kill -9 $$").failure, "killed by signal 9");
  EXPECT_EQ(Run("exec sleep 3600", absl::Milliseconds(1)).failure, "no end within 1ms");
}

TEST_F(CommandRunnerTest, OutputIsBoundedAndNeverBlocksTheCommand) {
  const CommandResult result =
      Run("head -c 1000000 /dev/zero; head -c 1000000 /dev/zero >&2; echo end >&2");
  EXPECT_EQ(result.failure, "");
  EXPECT_EQ(result.output.size(), kMaxOutput);
  EXPECT_TRUE(result.cut);
  EXPECT_EQ(result.errors.size(), kMaxErrors);
  EXPECT_THAT(result.errors, HasSubstr("end\n"));
}

TEST_F(CommandRunnerTest, WhatItLeavesInItsGroupIsKilledAndNotWaitedFor) {
  const CommandResult result = Run("sleep 3600 & echo $!");
  EXPECT_EQ(result.failure, "");
  int pid = 0;
  ASSERT_TRUE(absl::SimpleAtoi(result.output, &pid)) << result.output;
  // The kill was sent before the end was told; only its parent's, init's, turn may be to come.
  while (kill(pid, 0) == 0) {
    const std::string state = "grep -q 'State:.Z' /proc/" + std::to_string(pid) + "/status";
    if (std::system(state.c_str()) == 0) break;
  }
}

TEST_F(CommandRunnerTest, GivingUpKillsIt) {
  const auto runner = NewShellRunner(&loop_, "exec sleep 3600");
  auto running = runner->Run({"PATH=/usr/bin:/bin"}, kLong,
                             [](CommandResult) { ADD_FAILURE() << "nobody waits any more"; });
  running.reset();
}

}  // namespace
}  // namespace mesos_executor::exec_sidecar
