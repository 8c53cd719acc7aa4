// The races of executor and agent that a specification must settle, as far as they are the
// connection's: an executor's duties that Mesos' sources show (slave.cpp, http.cpp, executor.cpp).
// Those of the task are in //supervisor/task.
#include <gtest/gtest.h>

#include <string>

#include "supervisor/agent/session_fixture.h"

namespace mesos_executor::agent {
namespace {

using mesos::v1::executor::Event;

using RaceConformanceTest = SessionFixture;

TEST_F(RaceConformanceTest, A1_11_1_AnUpdateMadeWhileSubscribingIsSentAfterwards) {
  Create(true);
  session_->Start(now_);
  session_->Send(StatusOf(mesos::v1::TASK_STARTING), now_);
  EXPECT_EQ(On(Make(Event::SUBSCRIBED)), "SUBSCRIBED, UPDATE TASK_STARTING")
      << "the SUBSCRIBE was written before";
}

// An agent that still recovers takes the SUBSCRIBE, but refuses other calls for two seconds.
TEST_F(RaceConformanceTest, A1_11_2_AnUpdateRefusedDuringRecoveryIsSentUntilItIsTaken) {
  Subscribe(true);
  Break();
  Tick();
  On(Make(Event::SUBSCRIBED));
  const absl::Time resubscribed = now_;
  Send(mesos::v1::TASK_FINISHED);
  while (now_ < resubscribed + absl::Seconds(2)) {
    ASSERT_EQ(Answer(503, "Agent has not finished recovery"), "");
    ASSERT_EQ(Tick(), "UPDATE TASK_FINISHED");
  }
  EXPECT_LT(now_, resubscribed + absl::Seconds(4)) << "soon after the recovery";
  EXPECT_EQ(Answer(202), "");
}

TEST_F(RaceConformanceTest, A1_11_3_AKillOfATaskThatWasNeverLaunchedIsDeliveredAndMayBeAnswered) {
  Subscribe(true);
  EXPECT_EQ(On(Make(Event::KILL)), "KILL");
  const std::string killed = Send(mesos::v1::TASK_KILLED);
  EXPECT_EQ(Acknowledge(killed), "acknowledged TASK_KILLED, all settled");
}

TEST_F(RaceConformanceTest, A1_11_5_TheSameLaunchAgainIsNoSecondTask) {
  Subscribe(true);
  On(Make(Event::LAUNCH));
  On(Make(Event::LAUNCH));
  Break();
  EXPECT_EQ(Tick(), "SUBSCRIBE task");
}

TEST_F(RaceConformanceTest, A1_11_7_AStreamThatEndsAfterShutdownIsNotSubscribedAgain) {
  Create(true);
  session_->Start(now_);
  EXPECT_EQ(On(Make(Event::SHUTDOWN)), "SHUTDOWN");
  EXPECT_EQ(Break(), "disconnect, disconnected, lost");
  EXPECT_EQ(session_->next_tick(), absl::InfiniteFuture());
}

TEST_F(RaceConformanceTest,
       A1_11_8_AllIsSettledWhenNothingWaitsNotWhenTheLastUpdateIsAcknowledged) {
  Subscribe(true);
  const std::string running = Send(mesos::v1::TASK_RUNNING);
  Answer(202);
  const std::string finished = Send(mesos::v1::TASK_FINISHED);
  EXPECT_EQ(Acknowledge(finished), "acknowledged TASK_FINISHED") << "also before its 202";
  EXPECT_FALSE(session_->all_settled());
  EXPECT_EQ(Acknowledge(running), "acknowledged TASK_RUNNING, all settled");
  EXPECT_TRUE(session_->all_settled());
  EXPECT_EQ(Answer(202), "");
}

// The agent launches again only what it has queued, never what it finds in the list.
TEST_F(RaceConformanceTest, A1_11_9_ALaunchedTaskIsListedUntilTheAgentHasAnUpdateOfIt) {
  Subscribe(true);
  On(Make(Event::LAUNCH));
  Break();
  EXPECT_EQ(Tick(), "SUBSCRIBE task") << "nothing was said of it";
  On(Make(Event::SUBSCRIBED));
  const std::string starting = Send(mesos::v1::TASK_STARTING);
  Break();
  EXPECT_EQ(Tick(), "SUBSCRIBE task TASK_STARTING") << "nothing is acknowledged";
  On(Make(Event::SUBSCRIBED));
  Acknowledge(starting);
  now_ += kLong;
  Break();
  EXPECT_EQ(Tick(), "SUBSCRIBE");
}

}  // namespace
}  // namespace mesos_executor::agent
