#include "supervisor/health/tcp_prober.h"

#include <glog/logging.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>

#include "supervisor/base/scripted_server.h"

namespace mesos_executor::health {
namespace {

class TcpProberTest : public ::testing::Test {
 protected:
  absl::Status Probe(const Endpoint& endpoint) {
    absl::Status result = absl::UnknownError("not called");
    auto watchdog = loop_.After(absl::Seconds(60), [] { LOG(FATAL) << "a minute is over"; });
    const auto prober = NewTcpProber(&loop_, {std::get<TcpEndpoint>(endpoint)});
    std::unique_ptr<Pending> pending;
    pending = prober->Probe([&](const ProbeResult& probed) {
      result = probed.status;
      pending.reset();
      loop_.Stop();
    });
    loop_.Run();
    return result;
  }

  AsioEventLoop loop_;
};

TEST_F(TcpProberTest, AConnectionIsASuccess) {
  ScriptedServer server(&loop_, "127.0.0.1", nullptr);
  EXPECT_TRUE(Probe(server.endpoint()).ok());
}

TEST_F(TcpProberTest, AConnectionOverIpVersion6IsASuccess) {
  ScriptedServer server(&loop_, "::1", nullptr);
  if (!server.listening()) GTEST_SKIP() << "this machine has no ::1";
  EXPECT_TRUE(Probe(server.endpoint()).ok());
}

TEST_F(TcpProberTest, NobodyListeningIsAFailure) {
  std::optional<ScriptedServer> server;
  server.emplace(&loop_, "127.0.0.1", nullptr);
  const Endpoint endpoint = server->endpoint();
  server.reset();
  EXPECT_EQ(Probe(endpoint).message(), "Connection refused");
}

}  // namespace
}  // namespace mesos_executor::health
