#include "supervisor/agent/session.h"

#include <gtest/gtest.h>

#include <string>

#include "supervisor/agent/session_fixture.h"

namespace mesos_executor::agent {
namespace {

using mesos::v1::TaskStatus;
using mesos::v1::executor::Call;
using mesos::v1::executor::Event;

using SessionTest = SessionFixture;

TEST_F(SessionTest, CallsCarryTheIdsAndUpdatesWhatAgentsDemand) {
  Create(true);
  const auto subscribe = std::get<Session::OpenStream>(session_->Start(now_).front()).call;
  EXPECT_EQ(subscribe.framework_id().value(), "framework");
  EXPECT_EQ(subscribe.executor_id().value(), "executor");
  On(Make(Event::SUBSCRIBED));
  const auto actions = session_->Send(StatusOf(mesos::v1::TASK_STARTING), now_);
  const Call update = std::get<Session::PostCall>(actions.front()).call;
  EXPECT_EQ(update.type(), Call::UPDATE);
  EXPECT_EQ(update.framework_id().value(), "framework");
  EXPECT_EQ(update.executor_id().value(), "executor");
  EXPECT_EQ(update.update().status().source(), TaskStatus::SOURCE_EXECUTOR);
  EXPECT_EQ(update.update().status().executor_id().value(), "executor");
  EXPECT_EQ(update.update().status().uuid().size(), 16u);
}

TEST_F(SessionTest, WithoutCheckpointsAFailedCallIsTriedAgain) {
  Subscribe(false);
  Send(mesos::v1::TASK_STARTING);
  EXPECT_EQ(Text(session_->OnCallAnswered(absl::DeadlineExceededError("slow"), now_)), "");
  EXPECT_EQ(Tick(), "UPDATE TASK_STARTING");
}

TEST_F(SessionTest, AfterShutdownUpdatesAreStillSentAndTheStreamsEndIsTheEnd) {
  Subscribe(true);
  On(Make(Event::SHUTDOWN));
  const std::string killed = Send(mesos::v1::TASK_KILLED);
  EXPECT_EQ(Acknowledge(killed), "acknowledged TASK_KILLED, all settled");
  EXPECT_EQ(Break(), "disconnect, disconnected, lost");
}

TEST_F(SessionTest, AfterShutdownAFailedCallIsTriedAgainWhileTheStreamLives) {
  Subscribe(true);
  On(Make(Event::SHUTDOWN));
  Send(mesos::v1::TASK_KILLED);
  EXPECT_EQ(Text(session_->OnCallAnswered(absl::UnavailableError("reset"), now_)), "");
  EXPECT_EQ(Tick(), "UPDATE TASK_KILLED");
  EXPECT_EQ(Answer(403, "Executor is not subscribed"), "");
  EXPECT_EQ(Tick(), "UPDATE TASK_KILLED");
  EXPECT_EQ(Break(), "disconnect, disconnected, lost");
}

TEST_F(SessionTest, AfterShutdownAHeartbeatThatNobodyAnswersIsNotTheEnd) {
  Subscribe(true);
  On(Make(Event::SHUTDOWN));
  EXPECT_EQ(Tick(), "HEARTBEAT");
  EXPECT_EQ(Text(session_->OnCallAnswered(absl::DeadlineExceededError("frozen"), now_)), "");
  EXPECT_EQ(Tick(), "HEARTBEAT");
}

TEST_F(SessionTest, AnAgentThatIsSilentForAMinuteIsAskedForASignOfLife) {
  Subscribe(true);
  for (const int code : {202, 400, 501}) {
    const absl::Time heard = now_;
    EXPECT_EQ(Tick(), "HEARTBEAT");
    EXPECT_LE(now_, heard + Session::kHeartbeatInterval);
    EXPECT_EQ(Answer(code), "") << "any answer will do";
    EXPECT_EQ(session_->next_tick(), now_ + Session::kHeartbeatInterval);
  }
  now_ += absl::Seconds(59);
  On(Make(Event::MESSAGE));
  EXPECT_EQ(session_->next_tick(), now_ + Session::kHeartbeatInterval) << "an event is a sign too";
}

TEST_F(SessionTest, AHeartbeatIsNeverSentWhileAnUpdateIsUnderWayAndTheOtherWayRound) {
  Subscribe(true);
  Send(mesos::v1::TASK_STARTING);
  EXPECT_EQ(session_->next_tick(), absl::InfiniteFuture());
  now_ += absl::Minutes(10);
  EXPECT_EQ(Text(session_->OnTick(now_)), "");
  EXPECT_EQ(Answer(202), "");
  now_ += absl::Seconds(1);
  EXPECT_EQ(Text(session_->OnTick(now_)), "UPDATE TASK_STARTING") << "updates go first";
  Answer(415);
  EXPECT_EQ(Tick(), "HEARTBEAT");
  EXPECT_EQ(Text(session_->Send(StatusOf(mesos::v1::TASK_RUNNING), now_)), "");
  EXPECT_EQ(Answer(202), "UPDATE TASK_RUNNING");
}

TEST_F(SessionTest, AFrozenAgentIsSubscribedAgainWithCheckpointsAndWaitedForWithout) {
  const absl::Status silence = absl::DeadlineExceededError("no answer");
  Subscribe(true);
  EXPECT_EQ(Tick(), "HEARTBEAT");
  EXPECT_EQ(Text(session_->OnCallAnswered(silence, now_)), "disconnect, disconnected");
  EXPECT_EQ(Tick(), "SUBSCRIBE");
  EXPECT_EQ(On(Make(Event::SUBSCRIBED)), "SUBSCRIBED");

  Subscribe(false);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Tick(), "HEARTBEAT");
    EXPECT_EQ(Text(session_->OnCallAnswered(silence, now_)), "");
  }
}

TEST_F(SessionTest, ATerminalUpdateThatIsRefusedDoesNotLookAcknowledged) {
  Subscribe(true);
  Send(mesos::v1::TASK_FINISHED);
  EXPECT_EQ(Answer(400, "Not a valid UUID"),
            "refused TASK_FINISHED: the agent answered UPDATE with 400 \"Not a valid UUID\", "
            "all settled, the end refused");
}

TEST_F(SessionTest, ErrorsAndRecordsThatAreNoEventsSubscribeAgain) {
  Event hollow;
  hollow.set_type(Event::LAUNCH);
  for (const bool checkpoint : {false, true}) {
    for (const absl::StatusOr<Event>& event :
         {absl::StatusOr<Event>(Make(Event::ERROR)), absl::StatusOr<Event>(hollow),
          absl::StatusOr<Event>(absl::InvalidArgumentError("no event"))}) {
      now_ = kStart;
      Subscribe(checkpoint);
      EXPECT_EQ(On(event), "disconnect, disconnected");
      EXPECT_EQ(session_->next_tick(), now_);
      EXPECT_EQ(Tick(), "SUBSCRIBE");
      EXPECT_EQ(On(Make(Event::SUBSCRIBED)), "SUBSCRIBED");
    }
  }
}

}  // namespace
}  // namespace mesos_executor::agent
