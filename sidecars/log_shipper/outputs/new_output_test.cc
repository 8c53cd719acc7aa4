#include "sidecars/log_shipper/outputs/new_output.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "sidecars/log_shipper/outputs/recorded_output.h"
#include "sidecars/log_shipper/outputs/scripted_receiver.h"
#include "supervisor/base/scripted_server.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor::log_shipper {
namespace {

using Protocol = OutputSettings::Protocol;

class NewOutputTest : public ::testing::Test {
 protected:
  bool RunUntil(const std::function<bool()>& condition) {
    return log_shipper::RunUntil(&loop_, condition);
  }

  AsioEventLoop loop_;
  RecordingListener listener_;
  OutputSettings settings_;
};

TEST_F(NewOutputTest, TcpConnectsToTheReceiver) {
  ScriptedReceiver receiver(&loop_);
  settings_.receivers = {{"localhost", receiver.receiver().port}};
  settings_.tcp_timeout = absl::Minutes(1);
  const auto output = NewOutput(&loop_, settings_, &listener_);
  ASSERT_TRUE(output.ok()) << output.status();
  EXPECT_TRUE((*output)->resends());
  ASSERT_TRUE(RunUntil([&] { return (*output)->ready(); }));
  (*output)->Send("one\n");
  EXPECT_TRUE(RunUntil([&] { return receiver.received() == "one\n"; }));
  EXPECT_TRUE(RunUntil([&] { return (*output)->written() == 4; }));
}

TEST_F(NewOutputTest, ReceiversAreFoundInConsul) {
  ScriptedReceiver first(&loop_), second(&loop_);
  const auto instance = [](const ScriptedReceiver& receiver) {
    return absl::StrCat(
        "[{\"Service\":{\"Address\":\"127.0.0.1\",\"Port\":", receiver.receiver().port, "}}]");
  };
  std::string body = instance(first);
  ScriptedServer consul(&loop_, "127.0.0.1", [&](const std::string&) {
    return absl::StrCat("HTTP/1.1 200 OK\r\nContent-Length: ", body.size(), "\r\n\r\n", body);
  });
  settings_.discovery_service = "logstash";
  settings_.discovery_refresh = absl::Milliseconds(10);
  settings_.tcp_timeout = absl::Minutes(1);
  settings_.consul.address.port = consul.port();
  settings_.consul.token = "a-token";
  const auto output = NewOutput(&loop_, settings_, &listener_);
  ASSERT_TRUE(output.ok()) << output.status();
  ASSERT_TRUE(RunUntil([&] { return (*output)->ready() && first.open() == 1; }));
  EXPECT_TRUE(absl::StartsWith(consul.requests()[0], "GET /v1/health/service/logstash?passing=1 "));
  EXPECT_NE(consul.requests()[0].find("X-Consul-Token: a-token"), std::string::npos);
  body = instance(second);
  ASSERT_TRUE(RunUntil([&] { return (*output)->ready() && second.open() == 1; }));
  EXPECT_EQ(listener_.broken.size(), 1u);
}

TEST_F(NewOutputTest, UdpIsReadyAtOnceAndResendsNothing) {
  settings_.protocol = Protocol::kUdp;
  settings_.receivers = {{"127.0.0.1", 9}};
  const auto output = NewOutput(&loop_, settings_, &listener_);
  ASSERT_TRUE(output.ok()) << output.status();
  EXPECT_FALSE((*output)->resends());
  EXPECT_TRUE(RunUntil([&] { return (*output)->ready(); }));
}

TEST_F(NewOutputTest, AFileIsWritten) {
  std::string path = ::testing::TempDir() + "/new_output_XXXXXX";
  const UniqueFd file(mkstemp(path.data()));
  settings_.protocol = Protocol::kFile;
  settings_.file = path;
  const auto output = NewOutput(&loop_, settings_, &listener_);
  ASSERT_TRUE(output.ok()) << output.status();
  ASSERT_TRUE(RunUntil([&] { return (*output)->ready(); }));
  (*output)->Send("one\n");
  EXPECT_TRUE(RunUntil([&] { return (*output)->written() == 4; }));
  EXPECT_EQ(std::filesystem::file_size(path), 4u);
  std::filesystem::remove(path);
}

TEST_F(NewOutputTest, StdoutIsOpenedAnew) {
  settings_.protocol = Protocol::kStdout;
  const auto output = NewOutput(&loop_, settings_, &listener_);
  ASSERT_TRUE(output.ok()) << output.status();
  EXPECT_TRUE(RunUntil([&] { return (*output)->ready(); }));
}

TEST_F(NewOutputTest, BadFilesOfTlsAreAnErrorAtOnce) {
  settings_.receivers = {{"127.0.0.1", 9}};
  settings_.tls.emplace();
  settings_.tls->ca_file = "/no/such/ca.pem";
  const auto output = NewOutput(&loop_, settings_, &listener_);
  EXPECT_EQ(output.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(output.status().message().find("/no/such/ca.pem"), std::string::npos);
}

}  // namespace
}  // namespace mesos_executor::log_shipper
