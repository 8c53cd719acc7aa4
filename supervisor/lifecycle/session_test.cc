#include "supervisor/lifecycle/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mesos_executor::lifecycle {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

const absl::Time kStart = absl::FromUnixSeconds(1'000'000'000);
const Wait kTenSeconds{absl::Seconds(10)};
const Wait kRequired{absl::Seconds(10), true};
const Wait kNone{};

std::shared_ptr<const v1::Task> SomeTask() {
  auto task = std::make_shared<v1::Task>();
  task->set_task_id("t");
  return task;
}

class SessionTest : public ::testing::Test {
 protected:
  SessionTest() { session_.Connect(kStart); }

  absl::StatusOr<Session::Received> Attached(uint32_t protocol = 1) {
    v1::SidecarMessage message;
    message.mutable_attached()->set_protocol(protocol);
    message.mutable_attached()->set_version("a\nb");
    return session_.OnMessage(message, kStart);
  }

  // The answer that counted, if it did.
  std::optional<v1::Answer> Answer(uint64_t seq, v1::Answer::Outcome outcome,
                                   absl::Duration after = absl::ZeroDuration()) {
    v1::SidecarMessage message;
    message.mutable_answer()->set_seq(seq);
    message.mutable_answer()->set_outcome(outcome);
    const auto received = session_.OnMessage(message, kStart + after);
    EXPECT_TRUE(received.ok()) << received.status();
    return received->answer;
  }

  Session session_{SomeTask(), "incarnation"};
};

TEST_F(SessionTest, AConnectionBeginsWithAttachAndState) {
  const auto messages = session_.Connect(kStart);
  ASSERT_THAT(messages, SizeIs(2));
  EXPECT_EQ(messages[0].attach().protocol_min(), 1u);
  EXPECT_EQ(messages[0].attach().protocol_max(), 1u);
  EXPECT_EQ(messages[0].attach().incarnation(), "incarnation");
  EXPECT_EQ(messages[0].attach().task().task_id(), "t");
  EXPECT_EQ(messages[1].state().seq(), 0u);
  EXPECT_EQ(messages[1].state().phase(), v1::PHASE_UNSPECIFIED);
}

TEST_F(SessionTest, EventsAreNumberedAcrossConnectionsAndTheStateTellsTheNewest) {
  EXPECT_EQ(session_.NewEvent(v1::STARTED, v1::HEALTH_UNKNOWN, kNone, kStart).event().seq(), 1u);
  session_.Connect(kStart);
  const auto event = session_.NewEvent(v1::UNHEALTHY, v1::HEALTH_UNHEALTHY, kNone, kStart).event();
  EXPECT_EQ(event.seq(), 2u);
  EXPECT_EQ(event.deadline().seconds(), 0);
  const auto messages = session_.Connect(kStart);
  ASSERT_THAT(messages, SizeIs(2));
  EXPECT_EQ(messages[1].state().seq(), 2u);
  EXPECT_EQ(messages[1].state().phase(), v1::UNHEALTHY);
  EXPECT_EQ(messages[1].state().health(), v1::HEALTH_UNHEALTHY);
}

TEST_F(SessionTest, AnUnansweredEventIsSentAgainWithWhatIsLeftOfItsDeadline) {
  session_.NewEvent(v1::HEALTHY, v1::HEALTH_HEALTHY, kTenSeconds, kStart);
  const auto messages = session_.Connect(kStart + absl::Milliseconds(2500));
  ASSERT_THAT(messages, SizeIs(3));
  EXPECT_EQ(messages[2].event().seq(), 1u);
  EXPECT_EQ(messages[2].event().phase(), v1::HEALTHY);
  EXPECT_EQ(messages[2].event().deadline().seconds(), 7);
  EXPECT_EQ(messages[2].event().deadline().nanos(), 500'000'000);
}

TEST_F(SessionTest, AnEventIsNotSentAgainOnceItsDeadlineHasPassed) {
  session_.NewEvent(v1::HEALTHY, v1::HEALTH_HEALTHY, kTenSeconds, kStart);
  EXPECT_THAT(session_.Connect(kStart + absl::Seconds(10)), SizeIs(2));
}

TEST_F(SessionTest, AnEventIsNotSentAgainOnceItWasAnsweredOrClosedOrFollowed) {
  ASSERT_TRUE(Attached().ok());
  session_.NewEvent(v1::BEFORE_START, v1::HEALTH_UNKNOWN, kTenSeconds, kStart);
  EXPECT_TRUE(Answer(1, v1::Answer::OK).has_value());
  EXPECT_THAT(session_.Connect(kStart), SizeIs(2));
  session_.NewEvent(v1::HEALTHY, v1::HEALTH_HEALTHY, kTenSeconds, kStart);
  session_.StopWaiting();
  EXPECT_THAT(session_.Connect(kStart), SizeIs(2));
  session_.NewEvent(v1::HEALTHY, v1::HEALTH_HEALTHY, kTenSeconds, kStart);
  session_.NewEvent(v1::UNHEALTHY, v1::HEALTH_UNHEALTHY, kNone, kStart);
  EXPECT_THAT(session_.Connect(kStart), SizeIs(2));
}

TEST_F(SessionTest, AnAnswerCountsOnceAndForTheNewestEventOnly) {
  ASSERT_TRUE(Attached().ok());
  EXPECT_FALSE(Answer(0, v1::Answer::OK).has_value()) << "nothing was asked";
  session_.NewEvent(v1::BEFORE_START, v1::HEALTH_UNKNOWN, kTenSeconds, kStart);
  session_.NewEvent(v1::STARTED, v1::HEALTH_UNKNOWN, kNone, kStart);
  EXPECT_FALSE(Answer(1, v1::Answer::OK).has_value()) << "an older event";
  EXPECT_FALSE(Answer(3, v1::Answer::OK).has_value()) << "an unknown event";
  EXPECT_TRUE(Answer(2, v1::Answer::OK).has_value());
  EXPECT_FALSE(Answer(2, v1::Answer::FAILED).has_value()) << "twice";
}

TEST_F(SessionTest, ALateAnswerIsDropped) {
  ASSERT_TRUE(Attached().ok());
  session_.NewEvent(v1::BEFORE_START, v1::HEALTH_UNKNOWN, kTenSeconds, kStart);
  EXPECT_FALSE(Answer(1, v1::Answer::OK, absl::Seconds(10)).has_value());
  EXPECT_TRUE(Answer(1, v1::Answer::OK, absl::Seconds(9)).has_value());
}

TEST_F(SessionTest, NobodyWaitsForStartedButItsAnswerIsHeardWhenever) {
  ASSERT_TRUE(Attached().ok());
  session_.NewEvent(v1::STARTED, v1::HEALTH_UNKNOWN, kNone, kStart);
  session_.StopWaiting();
  EXPECT_TRUE(Answer(1, v1::Answer::OK, absl::Hours(5)).has_value());
}

TEST_F(SessionTest, AfterPendingNobodyWaitsForABestEffortSidecarButItsLastWordIsHeard) {
  ASSERT_TRUE(Attached().ok());
  session_.NewEvent(v1::HEALTHY, v1::HEALTH_HEALTHY, kTenSeconds, kStart);
  EXPECT_TRUE(Answer(1, v1::Answer::PENDING).has_value());
  session_.StopWaiting();
  EXPECT_FALSE(Answer(1, v1::Answer::PENDING).has_value());
  EXPECT_THAT(session_.Connect(kStart), SizeIs(2)) << "it isn't asked again";
  ASSERT_TRUE(Attached().ok());
  EXPECT_TRUE(Answer(1, v1::Answer::OK, absl::Hours(1)).has_value());
  EXPECT_FALSE(Answer(1, v1::Answer::OK, absl::Hours(1)).has_value());
}

TEST_F(SessionTest, AfterPendingARequiredSidecarAnswersOnceMore) {
  ASSERT_TRUE(Attached().ok());
  session_.NewEvent(v1::HEALTHY, v1::HEALTH_HEALTHY, kRequired, kStart);
  EXPECT_TRUE(Answer(1, v1::Answer::PENDING).has_value());
  EXPECT_FALSE(Answer(1, v1::Answer::PENDING).has_value());
  EXPECT_THAT(session_.Connect(kStart), SizeIs(3)) << "still waited for";
  ASSERT_TRUE(Attached().ok());
  EXPECT_TRUE(Answer(1, v1::Answer::OK).has_value());
  EXPECT_FALSE(Answer(1, v1::Answer::FAILED).has_value());
  session_.StopWaiting();
  EXPECT_FALSE(Answer(1, v1::Answer::FAILED).has_value()) << "its last word was OK";
}

TEST_F(SessionTest, TheFirstMessageMustBeAttached) {
  v1::SidecarMessage answer;
  answer.mutable_answer()->set_outcome(v1::Answer::OK);
  EXPECT_EQ(session_.OnMessage(answer, kStart).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_FALSE(session_.OnMessage(v1::SidecarMessage(), kStart).ok());
  EXPECT_TRUE(Attached().ok());
  EXPECT_FALSE(Attached().ok()) << "twice";
  session_.Connect(kStart);
  EXPECT_TRUE(Attached().ok()) << "once on each connection";
}

TEST_F(SessionTest, OnlyAnOfferedProtocolIsAccepted) {
  EXPECT_THAT(std::string(Attached(0).status().message()), HasSubstr("protocol 0"));
  EXPECT_THAT(std::string(Attached(2).status().message()), HasSubstr("protocol 2"));
}

TEST_F(SessionTest, ASidecarsVersionCannotForgeALineOfTheLog) {
  EXPECT_EQ(Attached()->attached->version(), "a\\nb");
}

TEST_F(SessionTest, MessagesOfALaterVersionAreIgnored) {
  ASSERT_TRUE(Attached().ok());
  const auto received = session_.OnMessage(v1::SidecarMessage(), kStart);
  ASSERT_TRUE(received.ok());
  EXPECT_FALSE(received->answer.has_value());
}

}  // namespace
}  // namespace mesos_executor::lifecycle
