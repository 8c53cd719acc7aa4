// A task and its registration: consul-registrar as the host's daemon and as the supervisor's
// private child, with the stand-in for Consul and with the real one. What Consul holds is asked of
// Consul's own API.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <tuple>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "integration/fake_consul/ask.h"
#include "integration/fake_consul/fake_consul.h"
#include "integration/fake_consul/real_consul.h"
#include "integration/scenarios/eventually.h"
#include "integration/scenarios/scenario.h"
#include "integration/scenarios/sidecar_daemon.h"

namespace mesos_executor {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr char kRegistrar[] = "sidecars/consul_registrar/consul-registrar";

enum class Kind { kFake, kReal };
enum class Mode { kDaemon, kPrivate };

class ConsulTest : public ::testing::TestWithParam<std::tuple<Kind, Mode>> {
 protected:
  void SetUp() override {
    if (std::get<Kind>(GetParam()) == Kind::kReal) {
      if (fake_consul::ConsulBinary().empty()) {
        GTEST_SKIP() << "CONSUL_BIN isn't set: no real Consul to test against";
      }
      auto consul = fake_consul::RealConsul::Start(fake_consul::ConsulBinary());
      ASSERT_TRUE(consul.ok()) << consul.status();
      real_ = *std::move(consul);
    } else {
      fake_ = std::make_unique<fake_consul::FakeConsul>();
    }
    if (daemon_mode()) {
      daemon_ = std::make_unique<SidecarDaemon>(
          kRegistrar, scenario_.folder(), std::vector<std::string>{"CONSUL_HTTP_ADDR=" + address()},
          std::vector<std::string>{"--lease", "2s"});
      daemon_->Start();
    } else {
      scenario_.Set("CONSUL_HTTP_ADDR", address());
    }
    scenario_.RunHttpService();
    scenario_.Label("consul", "web");
  }

  bool daemon_mode() const { return std::get<Mode>(GetParam()) == Mode::kDaemon; }
  uint16_t port() const { return real_ ? real_->port() : fake_->port(); }
  std::string address() const { return absl::StrCat("127.0.0.1:", port()); }
  void StopConsul() { real_ ? real_->Stop() : fake_->Stop(); }
  void StartConsulEmpty() {
    if (fake_) return fake_->StartEmpty();
    ASSERT_TRUE(real_->StartEmpty().ok());
  }

  // Consul's own list.
  nlohmann::json Services() const {
    const auto answer =
        fake_consul::AskConsul(port(), {.method = "GET", .target = "/v1/agent/services"});
    return answer.ok() ? nlohmann::json::parse(answer->body, nullptr, false) : nlohmann::json();
  }
  bool Registered() const {
    const nlohmann::json services = Services();
    return services.is_object() && services.size() == 1 &&
           services.begin()->value("Service", "") == "web";
  }
  bool Deregistered() const {
    const nlohmann::json services = Services();
    return services.is_object() && services.empty();
  }

  void StartAndAwaitRegistration() {
    scenario_.Start();
    ASSERT_TRUE(Eventually([this] { return Registered(); })) << Log();
    EXPECT_EQ(Services().begin()->value("Port", 0), scenario_.port());
  }
  // Processes of the sidecar that belong to this scenario alone: the supervisor's children.
  std::vector<pid_t> PrivateSidecars() const {
    return ProcessesRunning(scenario_.folder() + "/consul-registrar");
  }
  void KillSidecar() {
    if (daemon_) return daemon_->Kill();
    const std::vector<pid_t> sidecars = PrivateSidecars();
    ASSERT_EQ(sidecars.size(), 1u);
    ASSERT_EQ(kill(sidecars[0], SIGKILL), 0);
    ASSERT_TRUE(AwaitExit(sidecars[0]));
  }
  void RestartSidecar() {
    if (daemon_) daemon_->Start();  // A private one is its supervisor's to start again.
  }
  std::string Log() const {
    return absl::StrCat("\nstderr:\n", scenario_.ReadSandboxFile("stderr"), "\ntimeline:\n",
                        scenario_.ReadSandboxFile("executor-timeline.jsonl"));
  }

  Scenario scenario_{{kRegistrar}};
  std::unique_ptr<fake_consul::FakeConsul> fake_;
  std::unique_ptr<fake_consul::RealConsul> real_;
  std::unique_ptr<SidecarDaemon> daemon_;
};

TEST_P(ConsulTest, ATaskIsRegisteredWhenHealthyAndDeregisteredBeforeItIsKilled) {
  StartAndAwaitRegistration();
  scenario_.agent().Kill(absl::Hours(1));
  EXPECT_EQ(scenario_.AwaitExecutor(), 0) << Log();
  EXPECT_TRUE(Deregistered());
  EXPECT_THAT(scenario_.States().back(), StartsWith("TASK_KILLED"));
  const std::string timeline = scenario_.ReadSandboxFile("executor-timeline.jsonl");
  const size_t answered =
      timeline.find(R"("before-terminate","sidecar":"consul-registrar","outcome":"ok")");
  ASSERT_NE(answered, std::string::npos) << timeline;
  EXPECT_LT(answered, timeline.find(R"("name":"terminate")")) << timeline;
  EXPECT_THAT(PrivateSidecars(), IsEmpty());
}

TEST_P(ConsulTest, ATaskThatEndsByItselfIsDeregistered) {
  StartAndAwaitRegistration();
  for (const pid_t pid : scenario_.TaskProcesses()) kill(pid, SIGKILL);
  EXPECT_EQ(scenario_.AwaitExecutor(), 0) << Log();
  EXPECT_THAT(scenario_.States().back(),
              StartsWith("TASK_FAILED: Command terminated with signal Killed"));
  EXPECT_TRUE(Eventually([this] { return Deregistered(); })) << Log();
}

TEST_P(ConsulTest, KillMinusNineOfTheSidecarChangesNothingForTheTaskAndTheRegistrationComesBack) {
  StartAndAwaitRegistration();
  const std::vector<pid_t> task = scenario_.TaskProcesses();
  KillSidecar();
  StopConsul();
  StartConsulEmpty();
  EXPECT_TRUE(Deregistered()) << "nobody but the sidecar could have registered it again";
  RestartSidecar();
  EXPECT_TRUE(Eventually([this] { return Registered(); })) << Log();
  EXPECT_EQ(scenario_.TaskProcesses(), task);
  for (const std::string& state : scenario_.States())
    EXPECT_THAT(state, ::testing::Not(HasSubstr("unhealthy")));
  scenario_.agent().Kill(absl::Hours(1));
  EXPECT_EQ(scenario_.AwaitExecutor(), 0) << Log();
  EXPECT_TRUE(Eventually([this] { return Deregistered(); })) << Log();
}

TEST_P(ConsulTest, KillMinusNineOfTheSupervisorLeavesNoRegistration) {
  StartAndAwaitRegistration();
  ASSERT_EQ(kill(scenario_.agent().executor_pid(), SIGKILL), 0);
  EXPECT_TRUE(Eventually([this] { return Deregistered(); })) << Log();
  EXPECT_TRUE(Eventually([this] { return PrivateSidecars().empty(); }));
  EXPECT_TRUE(Eventually([this] { return scenario_.TaskProcesses().empty(); }));
}

TEST_P(ConsulTest, ATaskThatEndsWhileConsulIsAwayIsNeverRegisteredAfterwards) {
  StartAndAwaitRegistration();
  StopConsul();
  scenario_.agent().Kill(absl::Hours(1));
  EXPECT_EQ(scenario_.AwaitExecutor(), 0) << Log();
  EXPECT_THAT(scenario_.States().back(), StartsWith("TASK_KILLED"));
  StartConsulEmpty();
  EXPECT_TRUE(Deregistered());
}

TEST_P(ConsulTest, ATaskRunsWhileConsulIsAwayAndIsRegisteredWhenItComesBack) {
  StopConsul();
  scenario_.Start();
  ASSERT_TRUE(scenario_.agent().WaitFor([](const std::vector<dev_agent::AgentEvent>& events) {
    return std::any_of(events.begin(), events.end(),
                       [](const auto& event) { return event.status.healthy(); });
  }));
  StartConsulEmpty();
  EXPECT_TRUE(Eventually([this] { return Registered(); })) << Log();
  scenario_.agent().Kill();
  EXPECT_EQ(scenario_.AwaitExecutor(), 0) << Log();
}

TEST_P(ConsulTest, AConsulThatNeverAnswersDelaysAKillByItsDeadlineAtTheMost) {
  StartAndAwaitRegistration();
  fake_ ? fake_->SetSilence(fake_consul::FakeConsul::Silence::kIgnores) : real_->Freeze();
  scenario_.agent().Kill(absl::Hours(1));
  EXPECT_EQ(scenario_.AwaitExecutor(), 0) << Log();
  EXPECT_THAT(scenario_.States().back(), StartsWith("TASK_KILLED"));
  const std::string timeline = scenario_.ReadSandboxFile("executor-timeline.jsonl");
  EXPECT_THAT(timeline, ::testing::ContainsRegex(
                            R"re("before-terminate","sidecar":"consul-registrar","outcome":"(pending|timed-out)")re"));
  fake_ ? fake_->SetSilence(fake_consul::FakeConsul::Silence::kOff) : real_->Thaw();
}

// A private sidecar is never restarted gracefully: it ends with its supervisor.
class ConsulDaemonTest : public ConsulTest {};

TEST_P(ConsulDaemonTest, AGracefulRestartLeavesTheRegistrationAlone) {
  StartAndAwaitRegistration();
  EXPECT_EQ(daemon_->Stop(), 0);
  EXPECT_TRUE(Registered());
  daemon_->Start();
  EXPECT_TRUE(Registered());
  scenario_.agent().Kill();
  EXPECT_EQ(scenario_.AwaitExecutor(), 0) << Log();
  EXPECT_TRUE(Eventually([this] { return Deregistered(); })) << Log();
}

std::string NameOf(const ::testing::TestParamInfo<std::tuple<Kind, Mode>>& info) {
  return absl::StrCat(std::get<Kind>(info.param) == Kind::kFake ? "StandIn" : "RealConsul",
                      std::get<Mode>(info.param) == Mode::kDaemon ? "Daemon" : "Private");
}

const auto kBothKinds = ::testing::Values(Kind::kFake, Kind::kReal);
INSTANTIATE_TEST_SUITE_P(All, ConsulTest,
                         ::testing::Combine(kBothKinds,
                                            ::testing::Values(Mode::kDaemon, Mode::kPrivate)),
                         NameOf);
INSTANTIATE_TEST_SUITE_P(All, ConsulDaemonTest,
                         ::testing::Combine(kBothKinds, ::testing::Values(Mode::kDaemon)), NameOf);

}  // namespace
}  // namespace mesos_executor
