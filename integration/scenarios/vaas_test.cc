// A task and its backend in VaaS: vaas-registrar as the host's daemon and as the supervisor's
// private child, with the stand-in for VaaS. What VaaS has is asked of VaaS itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "integration/fake_vaas/fake_vaas.h"
#include "integration/scenarios/eventually.h"
#include "integration/scenarios/scenario.h"
#include "integration/scenarios/sidecar_daemon.h"
#include "supervisor/base/test_certificates.h"
#include "supervisor/base/tls_front.h"
#include "supervisor/event_loop/asio_event_loop.h"

namespace mesos_executor {
namespace {

using fake_vaas::FakeVaas;
using fake_vaas::Reload;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kRegistrar[] = "sidecars/vaas_registrar/vaas-registrar";

enum class Mode { kDaemon, kPrivate };

class VaasTest : public ::testing::TestWithParam<Mode> {
 protected:
  void SetUp() override {
    auto vaas = FakeVaas::Start({});
    ASSERT_TRUE(vaas.ok()) << vaas.status();
    vaas_ = *std::move(vaas);
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
    scenario_.Set("CLOUD_DC", "dc1");
    scenario_.Set("VAAS_INITIAL_WEIGHT", "7");
    scenario_.RunHttpService();
    scenario_.Label("director", "web");
  }

  bool daemon_mode() const { return GetParam() == Mode::kDaemon; }
  // vaas-registrar's.
  virtual std::vector<std::pair<std::string, std::string>> Settings() {
    return {{"VAAS_HOST", absl::StrCat("http://127.0.0.1:", vaas_->port())},
            {"VAAS_USERNAME", "user"},
            {"VAAS_TOKEN", "key"}};
  }

  bool Added() const {
    const auto backends = vaas_->Backends();
    return backends.size() == 1 && backends.begin()->second.port == scenario_.port();
  }
  bool Removed() const { return vaas_->Backends().empty(); }

  void StartAndAwaitBackend() {
    scenario_.Start();
    ASSERT_TRUE(Eventually([this] { return Added(); })) << Log();
  }
  void AwaitHealthy() {
    ASSERT_TRUE(scenario_.agent().WaitFor([](const std::vector<dev_agent::AgentEvent>& events) {
      return std::any_of(events.begin(), events.end(),
                         [](const auto& event) { return event.status.healthy(); });
    }));
  }
  // The supervisor's child; none in daemon mode. Ask while the supervisor lives.
  std::vector<pid_t> PrivateSidecars() {
    std::vector<pid_t> sidecars =
        ChildrenRunning(scenario_.agent().executor_pid(), "vaas-registrar");
    EXPECT_EQ(sidecars.size(), daemon_ != nullptr ? 0u : 1u);
    return sidecars;
  }
  void KillSidecar() {
    if (daemon_) return daemon_->Kill();
    for (const pid_t sidecar : PrivateSidecars()) {
      ASSERT_EQ(kill(sidecar, SIGKILL), 0);
      ASSERT_TRUE(AwaitExit(sidecar));
    }
  }
  void KillTask() {
    scenario_.agent().Kill(absl::Hours(1));
    EXPECT_EQ(scenario_.AwaitExecutor(), 0) << Log();
    EXPECT_THAT(scenario_.States().back(), StartsWith("TASK_KILLED"));
  }
  int Requests(const std::string& start) const {
    const std::vector<std::string> requests = vaas_->Requests();
    return static_cast<int>(std::count_if(
        requests.begin(), requests.end(),
        [&start](const std::string& request) { return absl::StartsWith(request, start); }));
  }
  std::string Timeline() const { return scenario_.ReadSandboxFile("executor-timeline.jsonl"); }
  std::string Log() const {
    return absl::StrCat("\nstderr:\n", scenario_.ReadSandboxFile("stderr"), "\ntimeline:\n",
                        Timeline());
  }

  Scenario scenario_{{kRegistrar}};
  std::unique_ptr<FakeVaas> vaas_;
  std::unique_ptr<SidecarDaemon> daemon_;
};

TEST_P(VaasTest, ATaskIsAddedWhenHealthyAndRemovedBeforeItIsKilled) {
  // Its answer comes in time on the slowest machine.
  scenario_.Set("ALLEGRO_EXECUTOR_SIDECAR_VAAS_REGISTRAR_DEADLINE_BEFORE_TERMINATE", "1h");
  StartAndAwaitBackend();
  const fake_vaas::Backend backend = vaas_->Backends().begin()->second;
  EXPECT_EQ(backend.address, "127.0.0.1");
  EXPECT_EQ(backend.weight, 7);
  EXPECT_TRUE(backend.inherit_time_profile);
  const std::vector<pid_t> sidecars = PrivateSidecars();
  KillTask();
  EXPECT_TRUE(Removed());
  const std::string timeline = Timeline();
  const size_t answered =
      timeline.find(R"("before-terminate","sidecar":"vaas-registrar","outcome":"ok")");
  ASSERT_NE(answered, std::string::npos) << timeline;
  EXPECT_LT(answered, timeline.find(R"("name":"terminate")")) << timeline;
  for (const pid_t sidecar : sidecars) EXPECT_TRUE(AwaitExit(sidecar));
  for (const std::string& request : vaas_->Requests()) EXPECT_THAT(request, Not(HasSubstr("key")));
}

TEST_P(VaasTest, ATaskThatEndsByItselfIsRemoved) {
  StartAndAwaitBackend();
  const std::vector<pid_t> task = scenario_.TaskProcesses();
  ASSERT_THAT(task, Not(IsEmpty()));
  for (const pid_t pid : task) kill(pid, SIGKILL);
  EXPECT_EQ(scenario_.AwaitExecutor(), 0) << Log();
  EXPECT_TRUE(Eventually([this] { return Removed(); })) << Log();
}

TEST_P(VaasTest, KillMinusNineOfTheSidecarChangesNothingForTheTaskAndItsBackend) {
  StartAndAwaitBackend();
  const std::vector<pid_t> task = scenario_.TaskProcesses();
  const auto before = vaas_->Backends();
  const int looks = Requests("GET /api/v0.1/backend/?director=");
  KillSidecar();
  if (daemon_) daemon_->Start();
  // The next process has found it.
  ASSERT_TRUE(Eventually([&] { return Requests("GET /api/v0.1/backend/?director=") > looks; }))
      << Log();
  EXPECT_EQ(vaas_->Backends(), before);
  EXPECT_EQ(scenario_.TaskProcesses(), task);
  KillTask();
  EXPECT_TRUE(Eventually([this] { return Removed(); })) << Log();
}

TEST_P(VaasTest, ASidecarKilledBeforeVaasAnswersLeavesOneBackendAndThenNone) {
  vaas_->Add({.request = "POST", .reply = fake_vaas::Reply{.answered = false}});
  StartAndAwaitBackend();
  KillSidecar();
  if (daemon_) daemon_->Start();
  ASSERT_TRUE(Eventually([&] { return Requests("GET /api/v0.1/backend/?director=") > 0; }))
      << Log();
  EXPECT_TRUE(Added());
  KillTask();
  EXPECT_TRUE(Eventually([this] { return Removed(); })) << Log();
  EXPECT_EQ(Requests("POST"), 1);
}

TEST_P(VaasTest, KillMinusNineOfTheSupervisorLeavesNoBackend) {
  StartAndAwaitBackend();
  const std::vector<pid_t> sidecars = PrivateSidecars();
  ASSERT_EQ(kill(scenario_.agent().executor_pid(), SIGKILL), 0);
  EXPECT_TRUE(Eventually([this] { return Removed(); })) << Log();
  for (const pid_t sidecar : sidecars) EXPECT_TRUE(AwaitExit(sidecar));
}

TEST_P(VaasTest, ATaskRunsWhileVaasIsAwayAndIsAddedWhenItComesBack) {
  vaas_->Stop();
  scenario_.Start();
  AwaitHealthy();
  vaas_->StartAgain();
  EXPECT_TRUE(Eventually([this] { return Added(); })) << Log();
  KillTask();
  EXPECT_TRUE(Eventually([this] { return Removed(); })) << Log();
}

TEST_P(VaasTest, AnAnswerThatHidesADeedIsLookedUp) {
  vaas_->Add({.request = "POST", .reply = fake_vaas::Reply{.status = 500}});
  vaas_->Add({.request = "DELETE", .reply = fake_vaas::Reply{.status = 500}});
  StartAndAwaitBackend();
  ASSERT_TRUE(Eventually([&] { return Requests("GET /api/v0.1/backend/?director=") > 0; }))
      << Log();
  const std::vector<pid_t> sidecars = PrivateSidecars();
  const int looks = Requests("GET /api/v0.1/backend/?director=");
  KillTask();
  // Until it has settled: a second deletion would come now, or not at all.
  if (daemon_) {
    ASSERT_TRUE(Eventually([&] { return Requests("GET /api/v0.1/backend/?director=") > looks; }))
        << Log();
    EXPECT_EQ(daemon_->Stop(), 0);
  }
  for (const pid_t sidecar : sidecars) EXPECT_TRUE(AwaitExit(sidecar));
  EXPECT_TRUE(Removed());
  EXPECT_EQ(Requests("POST"), 1);
  EXPECT_EQ(Requests("DELETE"), 1);
}

TEST_P(VaasTest, AVaasThatNeverAnswersDelaysAKillByItsDeadlineAtTheMost) {
  StartAndAwaitBackend();
  vaas_->SetReload(Reload::kQueueDown);
  KillTask();
  EXPECT_THAT(
      Timeline(),
      ContainsRegex(
          R"re("before-terminate","sidecar":"vaas-registrar","outcome":"(pending|timed-out)")re"));
  EXPECT_TRUE(Eventually([this] { return Removed(); })) << Log();
}

TEST_P(VaasTest, ARowThatSomebodyHasIsAdopted) {
  // Its answer is lost, and VaaS has forgotten who asked: the next attempt is a duplicate.
  vaas_->Add({.request = "GET /api/v0.1/backend/?director=",
              .reply = fake_vaas::Reply{.content_type = "application/json",
                                        .body = R"({"meta": {"next": null}, "objects": []})"}});
  vaas_->Add({.request = "POST", .reply = fake_vaas::Reply{.status = 500}});
  StartAndAwaitBackend();
  ASSERT_TRUE(Eventually([&] { return Requests("GET /api/v0.1/backend/?director=") > 1; }))
      << Log();
  EXPECT_EQ(Requests("POST"), 2);
  EXPECT_TRUE(Added());
  KillTask();
  EXPECT_TRUE(Eventually([this] { return Removed(); })) << Log();
}

// VaaS behind TLS.
class VaasTlsTest : public VaasTest {
 protected:
  void TearDown() override {
    if (!thread_.joinable()) return;
    loop_.Post([this] {
      front_.reset();
      loop_.Stop();
    });
    thread_.join();
  }

  std::vector<std::pair<std::string, std::string>> Settings() override {
    const TestCertificates::Files server = certificates_.Issue({});
    auto front = TlsFront::Listen(
        &loop_,
        {.certificate_file = server.certificate, .key_file = server.key, .client_ca_file = ""},
        TcpEndpoint{"127.0.0.1", vaas_->port()});
    if (!front.ok()) {
      ADD_FAILURE() << front.status();
      return {};
    }
    front_ = *std::move(front);
    const uint16_t port = front_->port();
    thread_ = std::thread([this] { loop_.Run(); });
    return {{"VAAS_HOST", absl::StrCat("https://127.0.0.1:", port)},
            {"VAAS_CACERT", certificates_.ca_file()},
            {"VAAS_USERNAME", "user"},
            {"VAAS_TOKEN", "key"}};
  }

  TestCertificates certificates_;
  AsioEventLoop loop_;
  std::unique_ptr<TlsFront> front_;
  std::thread thread_;
};

TEST_P(VaasTlsTest, ATaskIsAddedAndRemoved) {
  StartAndAwaitBackend();
  KillTask();
  EXPECT_TRUE(Eventually([this] { return Removed(); })) << Log();
}

// What a private sidecar has no part in: it ends with its supervisor.
using VaasDaemonTest = VaasTest;

TEST_P(VaasDaemonTest, ATaskThatEndsWhileVaasIsAwayIsRemovedAfterwardsAndNotAdded) {
  StartAndAwaitBackend();
  vaas_->Stop();
  KillTask();
  vaas_->StartAgain();
  EXPECT_TRUE(Eventually([this] { return Removed(); })) << Log();
  EXPECT_EQ(Requests("POST"), 1);
}

TEST_P(VaasDaemonTest, ATaskThatEndsWhileTheDaemonIsAwayIsRemovedWhenItComesBack) {
  StartAndAwaitBackend();
  daemon_->Kill();
  KillTask();
  EXPECT_FALSE(Removed());
  daemon_->Start();
  EXPECT_TRUE(Eventually([this] { return Removed(); })) << Log();
}

std::string NameOf(const ::testing::TestParamInfo<Mode>& info) {
  return info.param == Mode::kDaemon ? "Daemon" : "Private";
}

INSTANTIATE_TEST_SUITE_P(All, VaasTest, ::testing::Values(Mode::kDaemon, Mode::kPrivate), NameOf);
INSTANTIATE_TEST_SUITE_P(All, VaasTlsTest, ::testing::Values(Mode::kDaemon, Mode::kPrivate),
                         NameOf);
INSTANTIATE_TEST_SUITE_P(All, VaasDaemonTest, ::testing::Values(Mode::kDaemon), NameOf);

}  // namespace
}  // namespace mesos_executor
