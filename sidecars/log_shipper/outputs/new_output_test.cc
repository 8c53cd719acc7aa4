#include "sidecars/log_shipper/outputs/new_output.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <string>

#include "sidecars/log_shipper/outputs/recorded_output.h"
#include "sidecars/log_shipper/outputs/scripted_receiver.h"
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
