// Sidecars that are processes of the supervisor's own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <fstream>
#include <string>

#include "supervisor/lifecycle/launch_fixture.h"

namespace mesos_executor::lifecycle {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;
using ::testing::SizeIs;

class PrivateSidecarTest : public LaunchFixture {
 protected:
  SidecarConfig PrivateConfig(const std::string& how) const {
    SidecarConfig config = Config();
    config.command = {"supervisor/lifecycle/test_sidecar", how};
    config.private_settings = {{"CONSUL_TOKEN", "secret"}};
    return config;
  }

  // Waits for a child that nobody watches any more; -1 if it was killed.
  static int ExitOf(pid_t child) {
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
};

TEST_F(PrivateSidecarTest, ReadsItsSettingsFromADescriptorAndHasAnEmptyEnvironment) {
  Launch({PrivateConfig("well")});
  const PhaseResult result = AskAndWait(v1::BEFORE_START);
  EXPECT_THAT(result.environment,
              ElementsAre(Pair("CONSUL_TOKEN", "secret"), Pair("ENVIRONMENT_NAMES", "PATH,"),
                          Pair("LEADS_ITS_GROUP", "yes")));
  EXPECT_EQ(Count("up a 1.0 private"), 1);
}

TEST_F(PrivateSidecarTest, FindsTheSpoolsWhereItTakesThemEachTimeThatItIsStarted) {
  std::vector<UniqueFd> supervisors;
  spools_ = [&]() -> absl::StatusOr<UniqueFd> {
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    supervisors.emplace_back(ends[0]);
    EXPECT_EQ(send(ends[0], "spools", 6, 0), 6);
    return UniqueFd(ends[1]);
  };
  SidecarConfig shipper = PrivateConfig("dies"), other = PrivateConfig("well");
  shipper.takes_spools = true;
  other.name = "b";
  Launch({shipper, other});
  EXPECT_THAT(AskAndWait(v1::BEFORE_START).environment,
              ElementsAre(Pair("CONSUL_TOKEN", "secret"), Pair("ENVIRONMENT_NAMES", "PATH,"),
                          Pair("LEADS_ITS_GROUP", "yes"), Pair("SPOOLS", "spools"),
                          Pair("CONSUL_TOKEN", "secret"), Pair("ENVIRONMENT_NAMES", "PATH,"),
                          Pair("LEADS_ITS_GROUP", "yes")));
  sidecars_->Ask(v1::STARTED, v1::HEALTH_UNKNOWN, kLong, nullptr);
  RunUntil([&] { return Count("up a 1.0 private") == 2; });
  EXPECT_THAT(supervisors, SizeIs(2));
}

TEST_F(PrivateSidecarTest, IsTheFirstToBeKilledWhenMemoryIsShort) {
  Launch({PrivateConfig("well")});
  AskAndWait(v1::BEFORE_START);
  std::string score;
  std::getline(std::ifstream("/proc/" + std::to_string(children_[0]) + "/oom_score_adj"), score);
  EXPECT_EQ(score, "1000");
}

TEST_F(PrivateSidecarTest, IsGivenTimeForTerminatedAndLeavesNoProcess) {
  Launch({PrivateConfig("well")});
  AskAndWait(v1::BEFORE_START);
  FinishAndWait();
  EXPECT_EQ(Count("terminated a ok"), 1);
  RunUntil([&] { return kill(children_[0], 0) != 0; });
  EXPECT_THAT(children_, SizeIs(1));
}

TEST_F(PrivateSidecarTest, IsStartedAgainWhenItDiesAndToldTheState) {
  Launch({PrivateConfig("dies")});
  AskAndWait(v1::BEFORE_START);
  sidecars_->Ask(v1::STARTED, v1::HEALTH_UNKNOWN, kLong, nullptr);
  RunUntil([&] { return Count("up a 1.0 private") == 2; });
  EXPECT_THAT(children_, SizeIs(2));
  EXPECT_NE(kill(children_[0], 0), 0);
}

TEST_F(PrivateSidecarTest, EndsWithTheSupervisorsInterest) {
  Launch({PrivateConfig("well")});
  AskAndWait(v1::BEFORE_START);
  sidecars_.reset();
  EXPECT_EQ(ExitOf(children_[0]), 0);
}

TEST_F(PrivateSidecarTest, IsLeftToUndoItsWorkWhenTheSupervisorCanWaitNoLonger) {
  Launch({PrivateConfig("slowly")});
  AskAndWait(v1::BEFORE_START);
  sidecars_->Finish(kLong, [] {});
  RunUntil([&] { return Count("terminated a pending") == 1; });
  sidecars_.reset();
  EXPECT_EQ(ExitOf(children_[0]), 0) << "killed while it undoes";
}

TEST_F(PrivateSidecarTest, AProgramThatIsNoSidecarIsDownAndHoldsNothingUp) {
  SidecarConfig config = Config();
  config.command = {"/bin/false"};
  Launch({config});
  const PhaseResult result = AskAndWait(v1::BEFORE_START);
  ASSERT_THAT(result.outcomes, SizeIs(1));
  EXPECT_EQ(result.outcomes[0].outcome, Outcome::kDown);
}

}  // namespace
}  // namespace mesos_executor::lifecycle
