#include "supervisor/agent/call_connection.h"

#include <gtest/gtest.h>

#include <vector>

#include "supervisor/agent/fuzz_socket.h"
#include "supervisor/event_loop/manual_event_loop.h"

namespace mesos_executor::agent {
namespace {

constexpr char kAccepted[] = "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n";
constexpr char kTooLarge[] = "HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n";

class CallConnectionTest : public ::testing::Test {
 protected:
  void Post() {
    calls_.Post("request", [this](const absl::StatusOr<HttpAnswer>& answer) {
      ASSERT_TRUE(answer.ok()) << answer.status();
      codes_.push_back(answer->code);
    });
  }

  ManualEventLoop loop_;
  FuzzSocket* socket_ = nullptr;
  int opened_ = 0;
  std::vector<int> codes_;
  CallConnection calls_{&loop_,
                        [this] {
                          ++opened_;
                          return std::make_unique<FuzzSocket>(&socket_);
                        },
                        absl::Seconds(10)};
};

TEST_F(CallConnectionTest, CallsShareAConnection) {
  Post();
  ASSERT_TRUE(socket_->Connected(absl::OkStatus()));
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(socket_->Written(absl::OkStatus()));
    ASSERT_TRUE(socket_->Receive(kAccepted));
    if (i == 0) Post();
  }
  EXPECT_EQ(codes_, (std::vector{202, 202}));
  EXPECT_EQ(opened_, 1);
}

TEST_F(CallConnectionTest, AfterAnAnswerToHalfACallTheNextOneGetsItsOwnConnection) {
  Post();
  ASSERT_TRUE(socket_->Connected(absl::OkStatus()));
  ASSERT_TRUE(socket_->Receive(kTooLarge));
  EXPECT_EQ(socket_, nullptr) << "the rest of the call may still be on its way";
  Post();
  ASSERT_TRUE(socket_->Connected(absl::OkStatus()));
  ASSERT_TRUE(socket_->Written(absl::OkStatus()));
  ASSERT_TRUE(socket_->Receive(kAccepted));
  EXPECT_EQ(codes_, (std::vector{413, 202}));
  EXPECT_EQ(opened_, 2);
}

}  // namespace
}  // namespace mesos_executor::agent
