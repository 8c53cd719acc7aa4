#include "sidecars/log_shipper/outputs/silence_watch.h"

#include <gtest/gtest.h>

#include "supervisor/event_loop/manual_event_loop.h"

namespace mesos_executor::log_shipper {
namespace {

class SilenceWatchTest : public ::testing::Test {
 protected:
  ManualEventLoop loop_;
  Peer peer_ = Peer::kOwesNothing;
  int given_up_ = 0;
  SilenceWatch watch_{&loop_, [this] { return peer_; }, [this] { ++given_up_; }};
};

TEST_F(SilenceWatchTest, NobodyLooksWhileNothingIsOwed) {
  EXPECT_EQ(loop_.timers(), 0u);
  watch_.Sent();
  watch_.Sent();
  EXPECT_EQ(loop_.timers(), 1u);
  loop_.Advance(absl::Minutes(1));
  EXPECT_EQ(loop_.timers(), 0u);
}

TEST_F(SilenceWatchTest, ASilentPeerIsGivenUpAfterHalfAMinute) {
  peer_ = Peer::kSilent;
  watch_.Sent();
  loop_.Advance(absl::Seconds(29));
  EXPECT_EQ(given_up_, 0);
  loop_.Advance(absl::Seconds(1));
  EXPECT_EQ(given_up_, 1);
  EXPECT_EQ(loop_.timers(), 0u);
}

TEST_F(SilenceWatchTest, AnAnswerStartsTheCountAgain) {
  peer_ = Peer::kSilent;
  watch_.Sent();
  loop_.Advance(absl::Seconds(29));
  peer_ = Peer::kAnswers;
  loop_.Advance(absl::Seconds(5));
  peer_ = Peer::kSilent;
  loop_.Advance(absl::Seconds(25));
  EXPECT_EQ(given_up_, 0);
}

TEST_F(SilenceWatchTest, APeerThatTakesNothingButAnswersIsKept) {
  peer_ = Peer::kAnswers;
  watch_.Sent();
  loop_.Advance(absl::Hours(10));
  EXPECT_EQ(given_up_, 0);
  EXPECT_EQ(loop_.timers(), 1u);
}

}  // namespace
}  // namespace mesos_executor::log_shipper
