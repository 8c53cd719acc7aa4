// How the client speaks TLS to the agent.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "supervisor/agent/agent_client_fixture.h"
#include "supervisor/base/test_certificates.h"
#include "supervisor/base/tls_front.h"

namespace mesos_executor::agent {
namespace {

using ::testing::ElementsAre;

class TlsTest : public AgentClientFixture {
 protected:
  // Settings for an agent that shows a certificate for `subject`.
  AgentSettings Secured(const TestCertificates::Subject& subject,
                        const std::string& client_ca = "") {
    const TestCertificates::Files files = certificates_.Issue(subject);
    auto front = TlsFront::Listen(
        &loop_,
        {.certificate_file = files.certificate, .key_file = files.key, .client_ca_file = client_ca},
        TcpEndpoint{"127.0.0.1", agent_.port()});
    EXPECT_TRUE(front.ok()) << front.status();
    front_ = *std::move(front);
    AgentSettings settings = Settings(/*checkpoint=*/true);
    settings.endpoint.port = front_->port();
    // The first attempt has as long, however slow the machine is.
    settings.subscription_backoff_max = absl::Minutes(1);
    settings.tls = TlsSettings{.ca_file = certificates_.ca_file()};
    return settings;
  }

  // A task starts, and the agent has taken all updates.
  void RunTask(const AgentSettings& settings) {
    Start(settings);
    ASSERT_TRUE(AwaitSeen("subscribed")) << why_;
    agent_.Push(Launch());
    ASSERT_TRUE(AwaitSeen("all")) << why_;
    EXPECT_THAT(seen_,
                ElementsAre("subscribed", "launch task", "TASK_STARTING", "TASK_RUNNING", "all"));
    EXPECT_EQ(front_->accepted(), 2);
    EXPECT_EQ(agent_.accepted(), 2);
  }

  TestCertificates certificates_;
  std::unique_ptr<TlsFront> front_;
};

TEST_F(TlsTest, ATaskRunsWhoseAgentIsBelievedByAFile) { RunTask(Secured({})); }

TEST_F(TlsTest, ATaskRunsWhoseAgentIsBelievedByAFolder) {
  AgentSettings settings = Secured({});
  settings.tls = TlsSettings{.ca_dir = certificates_.ca_dir()};
  RunTask(settings);
}

TEST_F(TlsTest, ATaskRunsWhoseAgentDemandsACertificate) {
  AgentSettings settings = Secured({}, certificates_.ca_file());
  const TestCertificates::Files own = certificates_.Issue({.name = "executor"});
  settings.tls->certificate_file = own.certificate;
  settings.tls->key_file = own.key;
  RunTask(settings);
}

TEST_F(TlsTest, ATaskRunsWhoseAgentIsAnybodyWhereNobodyIsVerified) {
  AgentSettings settings = Secured({.alternatives = "DNS:x.example", .rest = -absl::Hours(1)});
  settings.tls = TlsSettings{.verify_peer = false};
  RunTask(settings);
}

TEST_F(TlsTest, AnAgentAtAnotherAddressThanItsCertificatesGetsNoCall) {
  Start(Secured({.alternatives = "IP:127.0.0.2,DNS:localhost"}));
  ASSERT_TRUE(AwaitSeen("disconnected"));
  EXPECT_EQ(why_,
            absl::UnavailableError("TLS handshake with " + EndpointName(front_->endpoint()) +
                                   ": the peer's certificate is refused: IP address mismatch"));
  EXPECT_EQ(agent_.accepted(), 0);
}

TEST_F(TlsTest, AFileThatIsMissingIsTold) {
  AgentSettings settings = Secured({});
  settings.tls->ca_file = "/nonexistent/ca.pem";
  Start(settings);
  ASSERT_TRUE(AwaitSeen("disconnected"));
  EXPECT_EQ(why_,
            absl::UnavailableError("TLS handshake with " + EndpointName(front_->endpoint()) +
                                   ": CA file /nonexistent/ca.pem: No such file or directory"));
  EXPECT_EQ(agent_.accepted(), 0);
}

TEST_F(TlsTest, FilesAreReadAtEachAttempt) {
  AgentSettings settings = Secured({});
  settings.subscription_backoff_max = absl::Milliseconds(50);
  settings.tls->ca_file = certificates_.ca_file() + ".later";
  Start(settings);
  ASSERT_TRUE(AwaitSeen("disconnected"));
  std::filesystem::rename(certificates_.ca_file(), settings.tls->ca_file);
  EXPECT_TRUE(AwaitSeen("subscribed")) << why_;
}

TEST_F(TlsTest, ConnectionsThatTheAgentClosesAreOpenedAgain) {
  AgentSettings settings = Secured({});
  settings.subscription_backoff_max = absl::Milliseconds(50);
  Start(settings);
  ASSERT_TRUE(AwaitSeen("subscribed")) << why_;
  agent_.Push(Launch());
  ASSERT_TRUE(AwaitSeen("all")) << why_;
  agent_.Cut(Kill(), 3);
  ASSERT_TRUE(Await([&] { return subscribed_ == 2; })) << why_;
  // Not seen by the client yet when it sends, as the loop doesn't run here.
  agent_.CloseCalls();
  client_->Send(Status(mesos::v1::TASK_FINISHED));
  ASSERT_TRUE(AwaitSeen("all")) << why_;
  EXPECT_EQ(UpdatesAtTheAgent().back(), mesos::v1::TASK_FINISHED);
}

TEST_F(TlsTest, AHandshakeThatStopsHalfwayIsGivenUpInTime) {
  // The kernel takes the connections, and nobody answers.
  const boost::asio::ip::tcp::acceptor silent(loop_.io_context(),
                                              {boost::asio::ip::address_v4::loopback(), 0});
  AgentSettings settings = Secured({});
  settings.endpoint.port = silent.local_endpoint().port();
  settings.subscription_backoff_max = absl::Milliseconds(50);
  settings.shortest_attempt = absl::Milliseconds(100);
  Start(settings);
  ASSERT_TRUE(AwaitSeen("disconnected"));
  EXPECT_EQ(why_.code(), absl::StatusCode::kDeadlineExceeded) << why_;
}

}  // namespace
}  // namespace mesos_executor::agent
