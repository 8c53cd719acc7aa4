#include "supervisor/agent/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace mesos_executor::agent {
namespace {

using mesos::v1::TaskStatus;
using mesos::v1::executor::Call;
using mesos::v1::executor::Event;

const absl::Time kStart = absl::FromUnixSeconds(1'000'000'000);
// Long enough for a stream that breaks to be subscribed again at once.
constexpr absl::Duration kLong = absl::Minutes(1);

// An action as a word or two.
struct Words {
  std::string operator()(const Session::OpenStream& action) const {
    EXPECT_EQ(action.call.type(), Call::SUBSCRIBE);
    EXPECT_TRUE(action.call.has_subscribe());
    std::string words = "SUBSCRIBE";
    for (const auto& task : action.call.subscribe().unacknowledged_tasks()) {
      absl::StrAppend(&words, " ", task.task_id().value());
    }
    for (const auto& update : action.call.subscribe().unacknowledged_updates()) {
      absl::StrAppend(&words, " ", TaskState_Name(update.status().state()));
    }
    return words;
  }
  std::string operator()(const Session::PostCall& action) const {
    if (action.call.type() == Call::HEARTBEAT) return "HEARTBEAT";
    return absl::StrCat("UPDATE ", TaskState_Name(action.call.update().status().state()));
  }
  std::string operator()(const Session::Disconnect&) const { return "disconnect"; }
  std::string operator()(const Session::DeliverEvent& action) const {
    return Event::Type_Name(action.event.type());
  }
  std::string operator()(const Session::DeliverAcknowledged& action) const {
    return absl::StrCat("acknowledged ", TaskState_Name(action.status.state()));
  }
  std::string operator()(const Session::DeliverRefused& action) const {
    return absl::StrCat("refused ", TaskState_Name(action.status.state()), ": ",
                        action.why.message());
  }
  std::string operator()(const Session::DeliverAllSettled& action) const {
    return action.terminal_refused ? "all settled, the end refused" : "all settled";
  }
  std::string operator()(const Session::DeliverDisconnected&) const { return "disconnected"; }
  std::string operator()(const Session::DeliverLost&) const { return "lost"; }
};

std::string Text(const Session::Actions& actions) {
  return absl::StrJoin(actions, ", ", [](std::string* out, const Session::Action& action) {
    out->append(std::visit(Words(), action));
  });
}

Event Make(Event::Type type) {
  Event event;
  event.set_type(type);
  switch (type) {
    case Event::SUBSCRIBED:
      event.mutable_subscribed();
      break;
    case Event::LAUNCH:
      event.mutable_launch()->mutable_task()->mutable_task_id()->set_value("task");
      break;
    case Event::LAUNCH_GROUP:
      for (const char* id : {"one", "two"}) {
        auto* const group = event.mutable_launch_group()->mutable_task_group();
        group->add_tasks()->mutable_task_id()->set_value(id);
      }
      break;
    case Event::KILL:
      event.mutable_kill()->mutable_task_id()->set_value("task");
      break;
    case Event::MESSAGE:
      event.mutable_message()->set_data("data");
      break;
    default:
      break;
  }
  return event;
}

TaskStatus Status(mesos::v1::TaskState state) {
  TaskStatus status;
  status.mutable_task_id()->set_value("task");
  status.set_state(state);
  return status;
}

AgentSettings Settings(bool checkpoint) {
  AgentSettings settings;
  settings.framework_id = "framework";
  settings.executor_id = "executor";
  settings.checkpoint = checkpoint;
  return settings;
}

class SessionTest : public testing::Test {
 protected:
  void Create(bool checkpoint) {
    session_.emplace(Settings(checkpoint),
                     [generator = std::mt19937_64(1)]() mutable { return generator(); });
  }
  // Subscribed for so long that the next break isn't thought strange.
  void Subscribe(bool checkpoint) {
    Create(checkpoint);
    ASSERT_EQ(Text(session_->Start(now_)), "SUBSCRIBE");
    ASSERT_EQ(On(Make(Event::SUBSCRIBED)), "SUBSCRIBED");
    now_ += kLong;
  }

  std::string On(absl::StatusOr<Event> event) {
    return Text(session_->OnEvent(std::move(event), now_));
  }
  std::string Answer(int code, const std::string& body = "") {
    return Text(session_->OnCallAnswered(HttpAnswer{code, body}, now_));
  }
  std::string Refuse(int code, const std::string& body = "") {
    return Text(session_->OnRefused({code, body}, now_));
  }
  std::string Break() {
    return Text(session_->OnStreamClosed(absl::UnavailableError("reset"), now_));
  }
  std::string Tick() {
    now_ = session_->next_tick();
    return Text(session_->OnTick(now_));
  }
  // Returns the UUID if the update is sent at once.
  std::string Send(mesos::v1::TaskState state) {
    const auto actions = session_->Send(Status(state), now_);
    EXPECT_EQ(Text(actions), absl::StrCat("UPDATE ", TaskState_Name(state)));
    return std::get<Session::PostCall>(actions.front()).call.update().status().uuid();
  }
  std::string Acknowledge(const std::string& uuid) {
    Event event;
    event.set_type(Event::ACKNOWLEDGED);
    event.mutable_acknowledged()->mutable_task_id()->set_value("task");
    event.mutable_acknowledged()->set_uuid(uuid);
    return On(event);
  }

  absl::Time now_ = kStart;
  std::optional<Session> session_;
};

TEST_F(SessionTest, CallsCarryTheIdsAndUpdatesWhatAgentsDemand) {
  Create(true);
  const auto subscribe = std::get<Session::OpenStream>(session_->Start(now_).front()).call;
  EXPECT_EQ(subscribe.framework_id().value(), "framework");
  EXPECT_EQ(subscribe.executor_id().value(), "executor");
  On(Make(Event::SUBSCRIBED));
  const auto actions = session_->Send(Status(mesos::v1::TASK_STARTING), now_);
  const Call update = std::get<Session::PostCall>(actions.front()).call;
  EXPECT_EQ(update.type(), Call::UPDATE);
  EXPECT_EQ(update.framework_id().value(), "framework");
  EXPECT_EQ(update.executor_id().value(), "executor");
  EXPECT_EQ(update.update().status().source(), TaskStatus::SOURCE_EXECUTOR);
  EXPECT_EQ(update.update().status().executor_id().value(), "executor");
  EXPECT_EQ(update.update().status().uuid().size(), 16u);
}

TEST_F(SessionTest, UpdatesGoOneByOneInOrderAndStayUntilAcknowledged) {
  Subscribe(true);
  EXPECT_EQ(On(Make(Event::LAUNCH)), "LAUNCH");
  const std::string starting = Send(mesos::v1::TASK_STARTING);
  EXPECT_EQ(Text(session_->Send(Status(mesos::v1::TASK_RUNNING), now_)), "");
  EXPECT_EQ(Answer(202), "UPDATE TASK_RUNNING");
  EXPECT_EQ(Answer(202), "");
  EXPECT_FALSE(session_->all_settled());
  EXPECT_EQ(Acknowledge(starting), "acknowledged TASK_STARTING");
  EXPECT_EQ(Acknowledge(starting), "") << "a repeated acknowledgement";
  EXPECT_EQ(Tick(), "UPDATE TASK_RUNNING") << "after silence";
}

TEST_F(SessionTest, AllAreAcknowledgedWhenTheQueueIsEmptyNotWhenTheLastUpdateIs) {
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

TEST_F(SessionTest, OnlyTheEventSubscribedCounts) {
  Create(true);
  session_->Start(now_);
  EXPECT_EQ(Text(session_->Send(Status(mesos::v1::TASK_STARTING), now_)), "");
  EXPECT_EQ(Tick(), "disconnect, disconnected") << "an answer without SUBSCRIBED is silence";
  EXPECT_EQ(now_, kStart + absl::Seconds(2));
  EXPECT_EQ(Tick(), "SUBSCRIBE TASK_STARTING");
  EXPECT_EQ(On(Make(Event::SUBSCRIBED)), "SUBSCRIBED");
}

TEST_F(SessionTest, AnUpdateMadeWhileSubscribingIsSentAfterwards) {
  Create(true);
  session_->Start(now_);
  session_->Send(Status(mesos::v1::TASK_STARTING), now_);
  EXPECT_EQ(On(Make(Event::SUBSCRIBED)), "SUBSCRIBED, UPDATE TASK_STARTING")
      << "the SUBSCRIBE was written before";
}

TEST_F(SessionTest, AnOutageIsSurvivedAndToldOnce) {
  Subscribe(true);
  On(Make(Event::LAUNCH));
  Send(mesos::v1::TASK_STARTING);
  EXPECT_EQ(Break(), "disconnect, disconnected");
  EXPECT_EQ(session_->next_tick(), now_) << "the first try comes at once";
  EXPECT_EQ(Tick(), "SUBSCRIBE task TASK_STARTING");
  const std::pair<int, const char*> phases[] = {
      {404, "404 Not Found."}, {503, "Agent has not finished recovery"}, {401, ""}, {500, ""}};
  for (const auto& [code, body] : phases) {
    EXPECT_EQ(Refuse(code, body), "disconnect");
    EXPECT_EQ(Tick(), "SUBSCRIBE task TASK_STARTING");
  }
  session_->Send(Status(mesos::v1::TASK_RUNNING), now_);
  EXPECT_EQ(Break(), "disconnect");
  EXPECT_EQ(Tick(), "SUBSCRIBE task TASK_STARTING TASK_RUNNING");
  EXPECT_EQ(On(Make(Event::SUBSCRIBED)), "SUBSCRIBED") << "the updates were in the SUBSCRIBE";
  now_ += kLong;
  EXPECT_EQ(Break(), "disconnect, disconnected") << "another outage";
}

TEST_F(SessionTest, AnOutageEndsAtTheRecoveryTimeoutInTheMiddleOfAnAttempt) {
  Subscribe(true);
  const absl::Time broken = now_;
  Break();
  std::string last;
  while (last.find("lost") == last.npos) last = Tick();
  EXPECT_EQ(now_, broken + absl::Minutes(15));
  EXPECT_EQ(session_->next_tick(), absl::InfiniteFuture());
  EXPECT_EQ(Text(session_->Send(Status(mesos::v1::TASK_KILLED), now_)), "");
}

TEST_F(SessionTest, WithoutCheckpointsTheEndOfTheStreamIsToldAtOnce) {
  Subscribe(false);
  EXPECT_EQ(Break(), "disconnect, disconnected, lost");
  EXPECT_EQ(session_->next_tick(), absl::InfiniteFuture());
}

TEST_F(SessionTest, WithoutCheckpointsAFailedCallIsTriedAgain) {
  Subscribe(false);
  Send(mesos::v1::TASK_STARTING);
  EXPECT_EQ(Text(session_->OnCallAnswered(absl::DeadlineExceededError("slow"), now_)), "");
  EXPECT_EQ(Tick(), "UPDATE TASK_STARTING");
}

TEST_F(SessionTest, WithCheckpointsAFailedCallSubscribesAgain) {
  Subscribe(true);
  Send(mesos::v1::TASK_STARTING);
  EXPECT_EQ(Text(session_->OnCallAnswered(absl::DeadlineExceededError("frozen"), now_)),
            "disconnect, disconnected");
  EXPECT_EQ(Tick(), "SUBSCRIBE TASK_STARTING");
}

TEST_F(SessionTest, AnAgentThatHasForgottenUsIsLostAfterTenSeconds) {
  for (const std::string body : {"Framework cannot be found", "Executor cannot be found"}) {
    now_ = kStart;
    Subscribe(true);
    Break();
    Tick();
    const absl::Time first = now_;
    std::string last;
    for (;;) {
      last = Refuse(400, body);
      if (last != "disconnect") break;
      Tick();
    }
    EXPECT_EQ(last, "disconnect, lost");
    EXPECT_GE(now_ - first, absl::Seconds(10));
    EXPECT_LE(now_ - first, absl::Seconds(11));
  }
}

TEST_F(SessionTest, ShutdownMayBeTheOnlyEventAndEndsWithTheStream) {
  Create(true);
  session_->Start(now_);
  EXPECT_EQ(On(Make(Event::SHUTDOWN)), "SHUTDOWN");
  EXPECT_EQ(Break(), "disconnect, disconnected, lost");
}

TEST_F(SessionTest, AfterShutdownUpdatesAreStillSentAndTheStreamsEndIsTheEnd) {
  Subscribe(true);
  On(Make(Event::SHUTDOWN));
  const std::string killed = Send(mesos::v1::TASK_KILLED);
  EXPECT_EQ(Acknowledge(killed), "acknowledged TASK_KILLED, all settled");
  EXPECT_EQ(Break(), "disconnect, disconnected, lost");
}

TEST_F(SessionTest, EventsAreDeliveredAndOthersPassedOver) {
  Subscribe(true);
  EXPECT_EQ(On(Make(Event::KILL)), "KILL");
  EXPECT_EQ(On(Make(Event::KILL)), "KILL");
  EXPECT_EQ(On(Make(Event::MESSAGE)), "MESSAGE");
  EXPECT_EQ(On(Make(Event::LAUNCH_GROUP)), "LAUNCH_GROUP");
  EXPECT_EQ(On(Make(Event::HEARTBEAT)), "");
  EXPECT_EQ(On(Make(Event::UNKNOWN)), "");
  EXPECT_EQ(On(Event()), "");
  EXPECT_EQ(Break(), "disconnect, disconnected");
  EXPECT_EQ(Tick(), "SUBSCRIBE one two");
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

TEST_F(SessionTest, AnswersToUpdates) {
  enum What { kAgain, kSubscribe, kDrop, kAccept };
  const struct {
    int code;
    const char* body;
    What what;
  } cases[] = {{200, "", kAccept},
               {202, "", kAccept},
               {503, "Agent has not finished recovery", kAgain},
               {404, "404 Not Found.", kAgain},
               {500, "", kAgain},
               {403, "Executor is not subscribed", kSubscribe},
               {401, "", kSubscribe},
               {400, "Framework cannot be found", kSubscribe},
               {400, "Failed to validate Executor::Call: Not a valid UUID", kDrop},
               {415, "", kDrop},
               {501, "501 Not Implemented.", kDrop}};
  for (const auto& each : cases) {
    SCOPED_TRACE(each.code);
    now_ = kStart;
    Subscribe(true);
    Send(mesos::v1::TASK_STARTING);
    const std::string actions = Answer(each.code, each.body);
    switch (each.what) {
      case kAccept:
        EXPECT_EQ(actions, "");
        EXPECT_EQ(session_->next_tick(), now_ + absl::Seconds(1));
        break;
      case kAgain:
        EXPECT_EQ(actions, "");
        EXPECT_EQ(session_->next_tick(), now_ + absl::Milliseconds(100));
        EXPECT_EQ(Tick(), "UPDATE TASK_STARTING");
        break;
      case kSubscribe:
        EXPECT_EQ(actions, "disconnect, disconnected");
        EXPECT_EQ(Tick(), "SUBSCRIBE TASK_STARTING");
        break;
      case kDrop:
        EXPECT_EQ(actions, absl::StrCat("refused TASK_STARTING: the agent answered UPDATE with ",
                                        each.code, " \"", each.body, "\", all settled"));
        EXPECT_EQ(Tick(), "HEARTBEAT") << "nothing else to do";
        break;
    }
  }
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
  EXPECT_EQ(Text(session_->Send(Status(mesos::v1::TASK_RUNNING), now_)), "");
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

}  // namespace
}  // namespace mesos_executor::agent
