// A task and its registration: consul-registrar as the host's daemon and as the supervisor's
// private child, with the stand-in for Consul, with the real one, and with the real one that lets
// in nobody without a token and a certificate. What Consul holds is asked of Consul's own API.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "integration/fake_consul/ask.h"
#include "integration/fake_consul/fake_consul.h"
#include "integration/fake_consul/real_consul.h"
#include "integration/scenarios/eventually.h"
#include "integration/scenarios/scenario.h"
#include "integration/scenarios/sidecar_daemon.h"
#include "supervisor/base/test_certificates.h"

namespace mesos_executor {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kRegistrar[] = "sidecars/consul_registrar/consul-registrar";

constexpr char kToken[] = "11111111-1111-1111-1111-111111111111";

enum class Kind { kFake, kReal, kSecured };
enum class Mode { kDaemon, kPrivate };

// Until a silence that was waited for is over: its longest pause between two attempts.
constexpr absl::Duration kLate = absl::Minutes(3);

class ConsulTest : public ::testing::TestWithParam<std::tuple<Kind, Mode>> {
 protected:
  void SetUp() override {
    if (kind() == Kind::kFake) {
      fake_ = std::make_unique<fake_consul::FakeConsul>();
    } else if (fake_consul::ConsulBinary().empty()) {
      GTEST_SKIP() << "CONSUL_BIN isn't set: no real Consul to test against";
    } else {
      StartReal();
    }
    if (IsSkipped() || HasFatalFailure()) return;
    if (daemon_mode()) {
      std::vector<std::string> environment;
      for (const auto& [name, value] : Settings()) {
        environment.push_back(absl::StrCat(name, "=", value));
      }
      daemon_ = std::make_unique<SidecarDaemon>(kRegistrar, scenario_.folder(), environment,
                                                std::vector<std::string>{"--lease", "10s"});
      daemon_->Start();
    } else {
      for (const auto& [name, value] : Settings()) scenario_.Set(name, value);
    }
    scenario_.RunHttpService();
    scenario_.Label("consul", "web");
  }

  void StartReal() {
    fake_consul::RealConsul::Options options;
    if (kind() == Kind::kSecured) {
      const TestCertificates::Files server = certificates_.Issue({});
      options = {.token = kToken,
                 .certificate_file = server.certificate,
                 .key_file = server.key,
                 .ca_file = certificates_.ca_file()};
    }
    auto consul = fake_consul::RealConsul::Start(fake_consul::ConsulBinary(), options);
    ASSERT_TRUE(consul.ok()) << consul.status();
    real_ = *std::move(consul);
  }

  // consul-registrar's.
  std::vector<std::pair<std::string, std::string>> Settings() {
    if (kind() != Kind::kSecured) return {{"CONSUL_HTTP_ADDR", address()}};
    const TestCertificates::Files client = certificates_.Issue({});
    return {{"CONSUL_HTTP_ADDR", absl::StrCat("https://127.0.0.1:", real_->https_port())},
            {"CONSUL_CACERT", certificates_.ca_file()},
            {"CONSUL_CLIENT_CERT", client.certificate},
            {"CONSUL_CLIENT_KEY", client.key},
            {"CONSUL_HTTP_TOKEN_FILE", certificates_.Write("token", kToken)}};
  }

  Kind kind() const { return std::get<Kind>(GetParam()); }
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
    const auto answer = fake_consul::AskConsul(
        port(), {.method = "GET", .target = "/v1/agent/services", .token = kToken});
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
  // The supervisor's child; none in daemon mode. Ask while the supervisor lives.
  std::vector<pid_t> PrivateSidecars() {
    std::vector<pid_t> sidecars =
        ChildrenRunning(scenario_.agent().executor_pid(), "consul-registrar");
    EXPECT_EQ(sidecars.size(), daemon_mode() ? 0u : 1u);
    return sidecars;
  }
  void KillSidecar() {
    if (daemon_) return daemon_->Kill();
    for (const pid_t sidecar : PrivateSidecars()) {
      ASSERT_EQ(kill(sidecar, SIGKILL), 0);
      ASSERT_TRUE(AwaitExit(sidecar));
    }
  }
  // Of the first line of the timeline with this text.
  absl::Time TimeOf(absl::string_view text) const {
    const std::string timeline = scenario_.ReadSandboxFile("executor-timeline.jsonl");
    for (const absl::string_view line : absl::StrSplit(timeline, '\n')) {
      if (!absl::StrContains(line, text)) continue;
      absl::Time time;
      std::string error;
      const auto entry = nlohmann::json::parse(line.begin(), line.end(), nullptr, false);
      if (absl::ParseTime(absl::RFC3339_full, entry.value("time", ""), &time, &error)) return time;
    }
    ADD_FAILURE() << "no line with " << text << " in\n" << timeline;
    return absl::InfinitePast();
  }
  std::string Log() const {
    return absl::StrCat("\nstderr:\n", scenario_.ReadSandboxFile("stderr"), "\ntimeline:\n",
                        scenario_.ReadSandboxFile("executor-timeline.jsonl"));
  }

  // It accepts what it is asked and answers nothing.
  void Silence() {
    fake_ ? fake_->SetSilence(fake_consul::FakeConsul::Silence::kIgnores) : real_->Freeze();
  }
  void EndSilence() {
    fake_ ? fake_->SetSilence(fake_consul::FakeConsul::Silence::kOff) : real_->Thaw();
  }

  TestCertificates certificates_;
  Scenario scenario_{{kRegistrar}};
  std::unique_ptr<fake_consul::FakeConsul> fake_;
  std::unique_ptr<fake_consul::RealConsul> real_;
  std::unique_ptr<SidecarDaemon> daemon_;
};

TEST_P(ConsulTest, ATaskIsRegisteredWhenHealthyAndDeregisteredBeforeItIsKilled) {
  // Its answer comes in time on the slowest machine.
  scenario_.Set("ALLEGRO_EXECUTOR_SIDECAR_CONSUL_REGISTRAR_DEADLINE_BEFORE_TERMINATE", "1h");
  StartAndAwaitRegistration();
  const std::vector<pid_t> sidecars = PrivateSidecars();
  scenario_.agent().Kill(absl::Hours(1));
  EXPECT_EQ(scenario_.AwaitExecutor(), 0) << Log();
  EXPECT_TRUE(Deregistered());
  EXPECT_THAT(scenario_.States().back(), StartsWith("TASK_KILLED"));
  const std::string timeline = scenario_.ReadSandboxFile("executor-timeline.jsonl");
  const size_t answered =
      timeline.find(R"("before-terminate","sidecar":"consul-registrar","outcome":"ok")");
  ASSERT_NE(answered, std::string::npos) << timeline;
  EXPECT_LT(answered, timeline.find(R"("name":"terminate")")) << timeline;
  for (const pid_t sidecar : sidecars) EXPECT_TRUE(AwaitExit(sidecar));
}

TEST_P(ConsulTest, ATaskThatEndsByItselfIsDeregistered) {
  StartAndAwaitRegistration();
  const std::vector<pid_t> task = scenario_.TaskProcesses();
  ASSERT_THAT(task, Not(IsEmpty()));
  for (const pid_t pid : task) kill(pid, SIGKILL);
  EXPECT_EQ(scenario_.AwaitExecutor(), 0) << Log();
  EXPECT_THAT(scenario_.States().back(),
              StartsWith("TASK_FAILED: Command terminated with signal Killed"));
  EXPECT_TRUE(Eventually([this] { return Deregistered(); })) << Log();
}

TEST_P(ConsulTest, KillMinusNineOfTheSidecarChangesNothingForTheTaskAndTheRegistrationComesBack) {
  StartAndAwaitRegistration();
  const std::vector<pid_t> task = scenario_.TaskProcesses();
  ASSERT_THAT(task, Not(IsEmpty()));
  StopConsul();
  KillSidecar();
  StartConsulEmpty();
  // A private one may be back by now: the supervisor doesn't wait for us.
  if (daemon_) {
    EXPECT_TRUE(Deregistered()) << "nobody but the sidecar could have registered it";
    daemon_->Start();
  }
  EXPECT_TRUE(Eventually([this] { return Registered(); })) << Log();
  EXPECT_EQ(scenario_.TaskProcesses(), task);
  for (const std::string& state : scenario_.States())
    EXPECT_THAT(state, Not(HasSubstr("unhealthy")));
  scenario_.agent().Kill(absl::Hours(1));
  EXPECT_EQ(scenario_.AwaitExecutor(), 0) << Log();
  EXPECT_TRUE(Eventually([this] { return Deregistered(); })) << Log();
}

TEST_P(ConsulTest, KillMinusNineOfTheSupervisorLeavesNoRegistration) {
  StartAndAwaitRegistration();
  const std::vector<pid_t> sidecars = PrivateSidecars();
  ASSERT_THAT(scenario_.TaskProcesses(), Not(IsEmpty()));
  ASSERT_EQ(kill(scenario_.agent().executor_pid(), SIGKILL), 0);
  EXPECT_TRUE(Eventually([this] { return Deregistered(); })) << Log();
  for (const pid_t sidecar : sidecars) EXPECT_TRUE(AwaitExit(sidecar));
  EXPECT_TRUE(Eventually([this] { return scenario_.TaskProcesses().empty(); }));
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
  Silence();
  scenario_.agent().Kill(absl::Hours(1));
  EXPECT_EQ(scenario_.AwaitExecutor(), 0) << Log();
  EXPECT_THAT(scenario_.States().back(), StartsWith("TASK_KILLED"));
  const std::string timeline = scenario_.ReadSandboxFile("executor-timeline.jsonl");
  EXPECT_THAT(
      timeline,
      ::testing::ContainsRegex(
          R"re("before-terminate","sidecar":"consul-registrar","outcome":"(pending|timed-out)")re"));
  EndSilence();
  // A private one has seconds, that may be over by now; then Consul itself removes the service.
  if (!daemon_mode()) return;
  EXPECT_TRUE(Eventually([this] { return Deregistered(); }, kLate)) << Log();
}

TEST_P(ConsulTest, AConsulThatCrashesAndForgetsIsFilledAgain) {
  StartAndAwaitRegistration();
  StopConsul();
  StartConsulEmpty();
  EXPECT_TRUE(Eventually([this] { return Registered(); })) << Log();
  scenario_.agent().Kill();
  EXPECT_EQ(scenario_.AwaitExecutor(), 0) << Log();
  EXPECT_TRUE(Eventually([this] { return Deregistered(); })) << Log();
}

TEST_P(ConsulTest, SigtermComesAfterTheDrainDelay) {
  scenario_.Set("ALLEGRO_EXECUTOR_SIDECAR_CONSUL_REGISTRAR_DEADLINE_BEFORE_TERMINATE", "1h");
  scenario_.Label("executor-drain-delay", "700ms");
  StartAndAwaitRegistration();
  const absl::Time before = absl::Now();
  scenario_.agent().Kill(absl::Hours(1));
  EXPECT_EQ(scenario_.AwaitExecutor(), 0) << Log();
  EXPECT_TRUE(Deregistered()) << Log();
  // The delay counts from the deregistration on, and that came after `before`; a few milliseconds
  // for two clocks that aren't one.
  EXPECT_GE(TimeOf(R"("name":"terminate")") - before, absl::Milliseconds(650)) << Log();
}

// What a private sidecar has no part in: it ends with its supervisor, or seconds later.
class ConsulDaemonTest : public ConsulTest {
 protected:
  size_t Attachments() const {
    const std::string timeline = scenario_.ReadSandboxFile("executor-timeline.jsonl");
    const std::vector<absl::string_view> parts = absl::StrSplit(timeline, R"("name":"attached")");
    return parts.size() - 1;
  }
};

TEST_P(ConsulDaemonTest, AGracefulRestartLeavesTheRegistrationAlone) {
  StartAndAwaitRegistration();
  ASSERT_EQ(Attachments(), 1u);
  EXPECT_EQ(daemon_->Stop(), 0);
  EXPECT_TRUE(Registered());
  daemon_->Start();
  ASSERT_TRUE(Eventually([this] { return Attachments() == 2; })) << Log();
  EXPECT_TRUE(Registered());
  scenario_.agent().Kill();
  EXPECT_EQ(scenario_.AwaitExecutor(), 0) << Log();
  EXPECT_TRUE(Eventually([this] { return Deregistered(); })) << Log();
}

TEST_P(ConsulDaemonTest, ASupervisorThatDiesWhileConsulIsSilentLeavesNoRegistrationInTheEnd) {
  StartAndAwaitRegistration();
  Silence();
  ASSERT_EQ(kill(scenario_.agent().executor_pid(), SIGKILL), 0);
  EXPECT_TRUE(Eventually([this] { return scenario_.TaskProcesses().empty(); }));
  EndSilence();
  EXPECT_TRUE(Eventually([this] { return Deregistered(); }, kLate)) << Log();
}

TEST_P(ConsulDaemonTest, ASidecarThatDiesBeforeItCouldDeregisterDoesSoFromItsJournal) {
  StartAndAwaitRegistration();
  Silence();
  scenario_.agent().Kill(absl::Hours(1));
  EXPECT_EQ(scenario_.AwaitExecutor(), 0) << Log();
  daemon_->Kill();
  EndSilence();
  daemon_->Start();
  EXPECT_TRUE(Eventually([this] { return Deregistered(); }, kLate)) << Log();
}

// The stand-in alone tells what it was asked.
class ConsulRequestsTest : public ConsulTest {
 protected:
  static bool IsDeregistration(const std::string& request) {
    return absl::StrContains(request, "/v1/agent/service/deregister/");
  }
  // Since that many requests.
  std::vector<std::string> RequestsSince(size_t count) const {
    const std::vector<std::string> all = fake_->Requests();
    return {all.begin() + static_cast<std::ptrdiff_t>(count), all.end()};
  }
};

TEST_P(ConsulRequestsTest, ATaskThatEndsWhileConsulIsAwayIsDeregisteredAndNotRegisteredAfterwards) {
  StartAndAwaitRegistration();
  StopConsul();
  scenario_.agent().Kill(absl::Hours(1));
  EXPECT_EQ(scenario_.AwaitExecutor(), 0) << Log();
  EXPECT_THAT(scenario_.States().back(), StartsWith("TASK_KILLED"));
  const size_t before = fake_->Requests().size();
  StartConsulEmpty();
  // With this one the daemon has settled the task.
  ASSERT_TRUE(Eventually([&] {
    const std::vector<std::string> requests = RequestsSince(before);
    return std::any_of(requests.begin(), requests.end(), IsDeregistration);
  }));
  EXPECT_EQ(daemon_->Stop(), 0);
  EXPECT_THAT(RequestsSince(before), Not(Contains(HasSubstr("/v1/agent/service/register"))));
  EXPECT_TRUE(Deregistered());
}

TEST_P(ConsulRequestsTest, ASidecarThatDiesWhileARegistrationIsUnderWayUndoesItFromItsJournal) {
  fake_->SetSilence(fake_consul::FakeConsul::Silence::kCarriesOut);
  scenario_.Start();
  ASSERT_TRUE(Eventually([this] { return !fake_->Services().empty(); })) << Log();
  daemon_->Kill();
  scenario_.agent().Kill(absl::Hours(1));
  EXPECT_EQ(scenario_.AwaitExecutor(), 0) << Log();
  EndSilence();
  ASSERT_TRUE(Registered()) << "nobody but the sidecar could have removed it";
  daemon_->Start();
  EXPECT_TRUE(Eventually([this] { return Deregistered(); }, kLate)) << Log();
}

std::string NameOf(const ::testing::TestParamInfo<std::tuple<Kind, Mode>>& info) {
  const char* const kKinds[] = {"StandIn", "RealConsul", "SecuredConsul"};
  return absl::StrCat(kKinds[static_cast<int>(std::get<Kind>(info.param))],
                      std::get<Mode>(info.param) == Mode::kDaemon ? "Daemon" : "Private");
}

const auto kAllKinds = ::testing::Values(Kind::kFake, Kind::kReal, Kind::kSecured);
INSTANTIATE_TEST_SUITE_P(All, ConsulTest,
                         ::testing::Combine(kAllKinds,
                                            ::testing::Values(Mode::kDaemon, Mode::kPrivate)),
                         NameOf);
INSTANTIATE_TEST_SUITE_P(All, ConsulDaemonTest,
                         ::testing::Combine(kAllKinds, ::testing::Values(Mode::kDaemon)), NameOf);
INSTANTIATE_TEST_SUITE_P(All, ConsulRequestsTest,
                         ::testing::Values(std::tuple(Kind::kFake, Mode::kDaemon)), NameOf);

}  // namespace
}  // namespace mesos_executor
