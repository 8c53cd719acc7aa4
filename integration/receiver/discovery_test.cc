// Receivers found in Consul: the stand-in, and the real one.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "integration/fake_consul/ask.h"
#include "integration/fake_consul/fake_consul.h"
#include "integration/fake_consul/real_consul.h"
#include "integration/receiver/sink.h"
#include "sidecars/log_shipper/outputs/new_output.h"
#include "sidecars/log_shipper/outputs/output_settings.h"
#include "sidecars/log_shipper/outputs/recorded_output.h"

namespace mesos_executor::receiver {
namespace {

using fake_consul::AskConsul;

constexpr char kToken[] = "11111111-1111-1111-1111-111111111111";

class DiscoveryTest : public ::testing::Test {
 protected:
  std::unique_ptr<Sink> NewSink() {
    auto sink = Sink::Start({.program = "integration/receiver/sink"});
    EXPECT_TRUE(sink.ok()) << sink.status();
    return *std::move(sink);
  }

  void Put(uint16_t consul, const std::string& target, const std::string& body) {
    const auto answer = AskConsul(consul, {"PUT", target, kToken, body});
    ASSERT_TRUE(answer.ok()) << answer.status();
    ASSERT_EQ(answer->status, 200) << answer->body;
  }

  void Register(uint16_t consul, const Sink& sink, const std::string& status) {
    Put(consul, "/v1/agent/service/register",
        absl::StrCat(R"({"ID": ")", sink.port(),
                     R"(", "Name": "logs", "Address": "127.0.0.1", "Port": )", sink.port(),
                     R"(, "Check": {"TTL": "1h", "Status": ")", status, R"("}})"));
  }

  void Become(uint16_t consul, const Sink& sink, const std::string& status) {
    Put(consul, absl::StrCat("/v1/agent/check/update/service:", sink.port()),
        absl::StrCat(R"({"Status": ")", status, R"("})"));
  }

  bool Arrives(log_shipper::Output* output, Sink* sink, uint64_t lines) {
    if (!log_shipper::RunUntil(&loop_, [&] { return output->ready(); })) return false;
    output->Send("{}\n");
    return log_shipper::RunUntil(&loop_, [&] { return sink->Ask().value().lines == lines; });
  }

  // The whole story, at a Consul on this port.
  void FollowsPassingInstances(uint16_t consul) {
    const auto first = NewSink();
    const auto second = NewSink();
    Register(consul, *first, "critical");
    Register(consul, *second, "passing");
    log_shipper::OutputSettings settings;
    settings.discovery_service = "logs";
    settings.discovery_refresh = absl::Milliseconds(100);
    settings.tcp_timeout = absl::Minutes(1);  // The machine may be slow.
    settings.consul.address.port = consul;
    settings.consul.token = kToken;
    const auto output = log_shipper::NewOutput(&loop_, settings, &listener_);
    ASSERT_TRUE(output.ok()) << output.status();
    EXPECT_TRUE(Arrives(output->get(), second.get(), 1));
    Become(consul, *first, "passing");
    Become(consul, *second, "critical");
    ASSERT_TRUE(log_shipper::RunUntil(&loop_, [&] { return listener_.broken.size() == 1; }));
    EXPECT_TRUE(Arrives(output->get(), first.get(), 1));
    Become(consul, *first, "critical");
    EXPECT_TRUE(Arrives(output->get(), first.get(), 2)) << "the last one known stays";
  }

  AsioEventLoop loop_;
  log_shipper::RecordingListener listener_;
};

TEST_F(DiscoveryTest, OfTheStandIn) {
  fake_consul::FakeConsul consul(kToken);
  FollowsPassingInstances(consul.port());
}

TEST_F(DiscoveryTest, OfTheRealConsul) {
  const std::string binary = fake_consul::ConsulBinary();
  if (binary.empty()) GTEST_SKIP() << "CONSUL_BIN isn't set";
  const auto consul = fake_consul::RealConsul::Start(binary, {.token = kToken});
  ASSERT_TRUE(consul.ok()) << consul.status();
  FollowsPassingInstances((*consul)->port());
}

}  // namespace
}  // namespace mesos_executor::receiver
