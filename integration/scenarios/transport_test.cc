// A life by every way to the agent: plain and TLS, TCP and Unix socket, protobuf and JSON.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "integration/dev_agent/agent_options.h"
#include "integration/scenarios/eventually.h"
#include "integration/scenarios/scenario.h"
#include "supervisor/base/test_certificates.h"

namespace mesos_executor {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// Runs the task until it is killed, with a break of the connection between.
void Live(Scenario& scenario) {
  scenario.launch().framework.set_checkpoint(true);
  scenario.Start("exec sleep 3600");
  ASSERT_TRUE(scenario.agent().WaitForUpdate(mesos::v1::TASK_RUNNING));
  scenario.agent().BreakStream();
  ASSERT_TRUE(scenario.agent().WaitFor([](const auto& events) {
    int subscriptions = 0;
    for (const auto& event : events) {
      subscriptions += event.kind == dev_agent::AgentEvent::kSubscribed;
    }
    return subscriptions == 2;
  }));
  scenario.agent().Kill();
  EXPECT_EQ(scenario.AwaitExecutor(), 0);
  EXPECT_THAT(scenario.States(), ElementsAre("TASK_STARTING", "TASK_RUNNING",
                                             HasSubstr("TASK_KILLING"), HasSubstr("TASK_KILLED")));
}

TEST(TransportTest, TcpAndProtobuf) {
  Scenario scenario;
  Live(scenario);
  EXPECT_THAT(scenario.ReadSandboxFile("stderr"), HasSubstr("The agent is reached by 127.0.0.1:"));
}

TEST(TransportTest, Json) {
  Scenario scenario;
  scenario.Set("ALLEGRO_EXECUTOR_CODEC", "json");
  Live(scenario);
}

TEST(TransportTest, TheAgentsUnixSocket) {
  const std::string socket = absl::StrCat("/tmp/transport-", getpid(), ".sock");
  Scenario scenario({}, {.unix_socket = socket});
  Live(scenario);
  EXPECT_THAT(scenario.ReadSandboxFile("stderr"),
              HasSubstr(absl::StrCat("The agent is reached by unix:", socket)));
}

TEST(TransportTest, AUnixSocketThatIsNotInTheContainerIsPassedOver) {
  const std::string socket = absl::StrCat("/tmp/transport-gone-", getpid(), ".sock");
  Scenario scenario({}, {.unix_socket = socket});
  ASSERT_EQ(unlink(socket.c_str()), 0);
  Live(scenario);
  EXPECT_THAT(scenario.ReadSandboxFile("stderr"), HasSubstr("The agent is reached by 127.0.0.1:"));
}

TEST(TransportTest, TlsThatIsVerifiedBothWays) {
  TestCertificates certificates;
  const TestCertificates::Files agent = certificates.Issue({.name = "agent"});
  const TestCertificates::Files executor = certificates.Issue({.name = "executor"});
  Scenario scenario({}, {.tls = {.certificate_file = agent.certificate,
                                 .key_file = agent.key,
                                 .client_ca_file = certificates.ca_file()}});
  scenario.Set("LIBPROCESS_SSL_VERIFY_SERVER_CERT", "true");
  scenario.Set("LIBPROCESS_SSL_CA_FILE", certificates.ca_file());
  scenario.Set("LIBPROCESS_SSL_CERT_FILE", executor.certificate);
  scenario.Set("LIBPROCESS_SSL_KEY_FILE", executor.key);
  Live(scenario);
}

TEST(TransportTest, AnAgentWithTheWrongAddressInItsCertificateIsNeverSpokenTo) {
  TestCertificates certificates;
  const TestCertificates::Files agent =
      certificates.Issue({.name = "agent", .alternatives = "IP:127.0.0.2"});
  Scenario scenario({}, {.tls = {.certificate_file = agent.certificate, .key_file = agent.key}});
  scenario.Set("LIBPROCESS_SSL_VERIFY_SERVER_CERT", "true");
  scenario.Set("LIBPROCESS_SSL_CA_FILE", certificates.ca_file());
  scenario.Start("exec sleep 3600");
  ASSERT_TRUE(Eventually([&] {
    return absl::StrContains(scenario.ReadSandboxFile("stderr"), "IP address mismatch");
  })) << scenario.ReadSandboxFile("stderr");
  EXPECT_THAT(scenario.States(), ElementsAre());
  scenario.agent().DestroyContainer();
}

TEST(TransportTest, TheTokenIsShownToTheAgentAndToNobodyElse) {
  Scenario scenario({}, {.jwt_secret = "a secret of thirty-two characters"});
  scenario.launch().framework.set_checkpoint(true);
  scenario.Start("env > environment; exec sleep 3600");
  ASSERT_TRUE(scenario.agent().WaitForUpdate(mesos::v1::TASK_RUNNING));
  ASSERT_TRUE(Eventually(
      [&] { return absl::StrContains(scenario.ReadSandboxFile("environment"), "MESOS_SANDBOX"); }));
  EXPECT_THAT(scenario.ReadSandboxFile("environment"), Not(HasSubstr("AUTHENTICATION_TOKEN")));
  // Even where /proc shows it: only to root, as the executor isn't dumpable.
  std::ifstream file(absl::StrCat("/proc/", scenario.agent().executor_pid(), "/environ"));
  const std::string own((std::istreambuf_iterator<char>(file)), {});
  // A JSON object in base64 starts so, and a token starts with one.
  EXPECT_THAT(own, Not(HasSubstr("eyJ")));
  scenario.agent().Kill();
  EXPECT_EQ(scenario.AwaitExecutor(), 0);
  EXPECT_THAT(scenario.ReadSandboxFile("stderr"), Not(HasSubstr("eyJ")));
}

}  // namespace
}  // namespace mesos_executor
