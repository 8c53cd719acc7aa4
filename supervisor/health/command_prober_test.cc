#include "supervisor/health/command_prober.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <optional>
#include <string>
#include <utility>

namespace mesos_executor::health {
namespace {

class FakeRunner final : public CommandRunner {
 public:
  std::unique_ptr<Pending> Run(const CheckCommand& command, Done done) override {
    argv_ = command.argv;
    done_ = std::move(done);
    return std::make_unique<Pending>();
  }

  std::vector<std::string> argv_;
  Done done_;
};

// As wait(2) gives it.
int Exited(int code) { return code << 8; }

class CommandProberTest : public ::testing::Test {
 protected:
  ProbeResult Probe(absl::StatusOr<int> wait_status) {
    const auto prober = NewCommandProber(&runner_, {.argv = {"check", "it"}});
    std::optional<ProbeResult> result;
    const auto pending = prober->Probe([&](ProbeResult got) { result = std::move(got); });
    runner_.done_(std::move(wait_status));
    return result.value_or(ProbeResult{absl::UnknownError("not called")});
  }

  FakeRunner runner_;
};

TEST_F(CommandProberTest, ExitCodeZeroIsASuccess) {
  const ProbeResult result = Probe(Exited(0));
  EXPECT_TRUE(result.status.ok()) << result.status;
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(runner_.argv_, (std::vector<std::string>{"check", "it"}));
}

TEST_F(CommandProberTest, AnotherExitCodeIsAFailureThatSaysIt) {
  const ProbeResult result = Probe(Exited(3));
  EXPECT_EQ(result.status.message(), "exit code 3");
  EXPECT_EQ(result.code, 3);
}

TEST_F(CommandProberTest, ASignalIsAFailureThatSaysItAndNoExitCode) {
  EXPECT_EQ(Probe(SIGKILL).status.message(), "ended by the signal SIGKILL");
  EXPECT_EQ(Probe(SIGKILL).code, std::nullopt);
  EXPECT_EQ(Probe(40).status.message(), "ended by the signal 40");
}

TEST_F(CommandProberTest, WhatCouldNotBeStartedIsAFailure) {
  const ProbeResult result = Probe(absl::NotFoundError("exec /no/such: No such file"));
  EXPECT_EQ(result.status.message(), "exec /no/such: No such file");
  EXPECT_EQ(result.code, std::nullopt);
}

}  // namespace
}  // namespace mesos_executor::health
