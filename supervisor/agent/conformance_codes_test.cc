// What each answer of the agent means (slave/http.cpp, Http::executor; jwt_authenticator.cpp): to
// SUBSCRIBE, and to the other calls. 403 for a path on the Unix socket is in
// agent_client_transport_test.cc.
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "supervisor/agent/session_fixture.h"

namespace mesos_executor::agent {
namespace {

using mesos::v1::executor::Event;

class AnswerConformanceTest : public SessionFixture {
 protected:
  // A subscribed session with an update under way.
  void SubscribeAndSend() {
    now_ = kStart;
    Subscribe(true);
    Send(mesos::v1::TASK_STARTING);
  }
  // A session that subscribes again after an outage began.
  void SubscribeAgain() {
    now_ = kStart;
    Subscribe(true);
    Break();
    ASSERT_EQ(Tick(), "SUBSCRIBE");
  }
  // SUBSCRIBE is refused, and sent again within half a second, as a restarted agent waits only two.
  void ExpectSubscribedAgain(int code, const std::string& body) {
    SubscribeAgain();
    const absl::Time refused = now_;
    EXPECT_EQ(Refuse(code, body), "disconnect");
    EXPECT_EQ(Tick(), "SUBSCRIBE");
    EXPECT_GT(now_, refused);
    EXPECT_LE(now_, refused + absl::Milliseconds(500));
  }
  void ExpectUpdateSentAgain(int code, const std::string& body) {
    SubscribeAndSend();
    EXPECT_EQ(Answer(code, body), "");
    EXPECT_EQ(Tick(), "UPDATE TASK_STARTING");
    EXPECT_EQ(now_, kStart + kLong + absl::Milliseconds(100));
  }
  void ExpectUpdateHandedOverBySubscribing(int code, const std::string& body) {
    SubscribeAndSend();
    EXPECT_EQ(Answer(code, body), "disconnect, disconnected");
    EXPECT_EQ(Tick(), "SUBSCRIBE TASK_STARTING");
  }
  void ExpectUpdateDropped(int code, const std::string& body) {
    SubscribeAndSend();
    EXPECT_EQ(Answer(code, body),
              absl::StrCat("refused TASK_STARTING: the agent answered UPDATE with ", code, " \"",
                           body, "\", all settled"));
    EXPECT_EQ(Tick(), "HEARTBEAT") << "nothing else to do";
  }
};

TEST_F(AnswerConformanceTest, A1_6_200_OnlyTheEventSubscribedCounts) {
  Create(true);
  session_->Start(now_);
  EXPECT_EQ(Text(session_->Send(StatusOf(mesos::v1::TASK_STARTING), now_)), "");
  EXPECT_EQ(Tick(), "disconnect, disconnected") << "an answer without SUBSCRIBED is silence";
  EXPECT_EQ(now_, kStart + absl::Seconds(2));
  EXPECT_EQ(Tick(), "SUBSCRIBE TASK_STARTING");
  EXPECT_EQ(On(Make(Event::SUBSCRIBED)), "SUBSCRIBED");
}

TEST_F(AnswerConformanceTest, A1_6_202_AnUpdateIsKeptUntilItIsAcknowledged) {
  SubscribeAndSend();
  EXPECT_EQ(Answer(202), "");
  EXPECT_FALSE(session_->all_settled());
  EXPECT_EQ(session_->next_tick(), now_ + absl::Seconds(1)) << "and sent again";
}

TEST_F(AnswerConformanceTest,
       A1_6_400_AnAgentThatHasForgottenUsIsBelievedAfterThreeTimesAndTenSeconds) {
  for (const std::string body : {"Framework cannot be found", "Executor cannot be found"}) {
    now_ = kStart;
    Subscribe(true);
    Break();
    Tick();
    const absl::Time first = now_;
    std::string last;
    int refusals = 0;
    for (;;) {
      last = Refuse(400, body);
      ++refusals;
      if (last != "disconnect") break;
      Tick();
    }
    EXPECT_GE(refusals, 3);
    EXPECT_EQ(last, "disconnect, lost");
    EXPECT_GE(now_ - first, absl::Seconds(10));
    EXPECT_LE(now_ - first, absl::Seconds(11));
  }
}

TEST_F(AnswerConformanceTest, A1_6_400_AnotherAnswerInBetweenStartsThatCountAgain) {
  SubscribeAgain();
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(Refuse(400, "Executor cannot be found"), "disconnect");
    Tick();
    EXPECT_EQ(Refuse(503, "Agent has not finished recovery"), "disconnect");
    Tick();
  }
}

TEST_F(AnswerConformanceTest, A1_6_400_AnUpdateForAnAgentThatHasForgottenUsIsNotLost) {
  ExpectUpdateHandedOverBySubscribing(400, "Framework cannot be found");
  ExpectUpdateHandedOverBySubscribing(400, "Executor cannot be found");
}

TEST_F(AnswerConformanceTest, A1_6_400_AnUpdateThatFailsValidationIsDroppedAndSaidToBe) {
  ExpectUpdateDropped(400, "Failed to validate Executor::Call: Not a valid UUID");
}

TEST_F(AnswerConformanceTest, A1_6_401_IsTriedAgainWhileTheRecoveryLasts) {
  ExpectSubscribedAgain(401, "");
  ExpectUpdateHandedOverBySubscribing(401, "");
}

TEST_F(AnswerConformanceTest, A1_6_403a_ATokenOfAnotherRunIsBelievedAfterThreeTimesAndTenSeconds) {
  SubscribeAgain();
  const absl::Time first = now_;
  while (Refuse(403, "Authenticated principal '{..}' does not contain an 'eid' claim") ==
         "disconnect") {
    ASSERT_EQ(Tick(), "SUBSCRIBE");
  }
  EXPECT_EQ(session_->next_tick(), absl::InfiniteFuture());
  EXPECT_GE(now_ - first, absl::Seconds(10));
}

TEST_F(AnswerConformanceTest, A1_6_403a_IsNotBelievedWhileThereIsAnotherRouteToAsk) {
  SubscribeAgain();
  last_route_ = false;
  while (now_ < kStart + kLong + absl::Minutes(1)) {
    ASSERT_EQ(Refuse(403), "disconnect");
    ASSERT_EQ(Refuse(400, "Executor cannot be found"), "disconnect");
    ASSERT_EQ(Tick(), "SUBSCRIBE");
  }
}

TEST_F(AnswerConformanceTest, A1_6_403b_AnUpdateOfAnExecutorThatIsNotSubscribedSubscribesFirst) {
  ExpectUpdateHandedOverBySubscribing(403, "Executor is not subscribed");
}

TEST_F(AnswerConformanceTest, A1_6_404_RoutesThatArentThereYetAreTriedAgain) {
  ExpectSubscribedAgain(404, "404 Not Found.");
  ExpectUpdateSentAgain(404, "404 Not Found.");
}

TEST_F(AnswerConformanceTest, A1_6_405_406_415_AreBugsOfOursAndDropTheUpdate) {
  for (const int code : {405, 406, 415}) {
    SCOPED_TRACE(code);
    ExpectSubscribedAgain(code, "");
    ExpectUpdateDropped(code, "");
  }
}

TEST_F(AnswerConformanceTest, A1_6_501_DropsTheUpdateButIsAnAnswerToAHeartbeat) {
  ExpectUpdateDropped(501, "501 Not Implemented.");
  EXPECT_EQ(Answer(501, "501 Not Implemented."), "");
  EXPECT_EQ(Tick(), "HEARTBEAT");
}

TEST_F(AnswerConformanceTest, A1_6_503_ARecoveringAgentIsAskedAgain) {
  ExpectSubscribedAgain(503, "Agent has not finished recovery");
  ExpectUpdateSentAgain(503, "Agent has not finished recovery");
}

TEST_F(AnswerConformanceTest, A1_6_5xx_OthersSubscribeAgain) {
  for (const int code : {500, 502, 504, 599}) {
    SCOPED_TRACE(code);
    ExpectSubscribedAgain(code, "");
    ExpectUpdateHandedOverBySubscribing(code, "");
  }
}

TEST_F(AnswerConformanceTest, A1_6_5xx_WithoutCheckpointsOthersAreTriedAgain) {
  Subscribe(false);
  Send(mesos::v1::TASK_STARTING);
  EXPECT_EQ(Answer(500), "");
  EXPECT_EQ(Tick(), "UPDATE TASK_STARTING");
}

TEST_F(AnswerConformanceTest, A1_6_ResetAndTimeoutSubscribeAgain) {
  SubscribeAgain();
  EXPECT_EQ(Break(), "disconnect");
  EXPECT_EQ(Tick(), "SUBSCRIBE");
  EXPECT_EQ(Tick(), "disconnect") << "no answer";
  EXPECT_EQ(Tick(), "SUBSCRIBE");
  for (const absl::Status& why :
       {absl::UnavailableError("reset"), absl::DeadlineExceededError("frozen")}) {
    SubscribeAndSend();
    EXPECT_EQ(Text(session_->OnCallAnswered(why, now_)), "disconnect, disconnected");
    EXPECT_EQ(Tick(), "SUBSCRIBE TASK_STARTING");
  }
}

}  // namespace
}  // namespace mesos_executor::agent
