// The least that an executor must do, line by line, as far as the connection to the agent is
// concerned; by bytes, with an agent that the test scripts, in conformance_wire_test.cc. What the
// task must do is in //supervisor/task (lines 10, 11, 13 and 14), that the token is erased in
// //supervisor/base (environment_test.cc).
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "supervisor/agent/session_fixture.h"

namespace mesos_executor::agent {
namespace {

using mesos::v1::executor::Call;
using mesos::v1::executor::Event;

using ConformanceTest = SessionFixture;

// Of the update that the session sends now.
std::string Uuid(const Session::Actions& actions) {
  return std::get<Session::PostCall>(actions.back()).call.update().status().uuid();
}

// As a Mesos 1.11 agent was seen to set it.
TEST_F(ConformanceTest, A1_14_1_TheEnvironmentOfARealAgentIsUnderstood) {
  std::vector<std::string> warnings;
  const auto settings =
      AgentSettings::FromEnvironment(Environment({
                                         {"LIBPROCESS_IP", "127.0.0.1"},
                                         {"LIBPROCESS_PORT", "0"},
                                         {"MESOS_AGENT_ENDPOINT", "127.0.0.1:15051"},
                                         {"MESOS_CHECKPOINT", "1"},
                                         {"MESOS_DIRECTORY", "/var/lib/mesos/sandbox"},
                                         {"MESOS_DOMAIN_SOCKET", "/var/run/mesos/agent.sock"},
                                         {"MESOS_EXECUTOR_AUTHENTICATION_TOKEN", "a.b.c"},
                                         {"MESOS_EXECUTOR_ID", "executor"},
                                         {"MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD", "5secs"},
                                         {"MESOS_FRAMEWORK_ID", "framework"},
                                         {"MESOS_HTTP_COMMAND_EXECUTOR", "0"},
                                         {"MESOS_RECOVERY_TIMEOUT", "1.025mins"},
                                         {"MESOS_SANDBOX", "/var/lib/mesos/sandbox"},
                                         {"MESOS_SLAVE_ID", "agent"},
                                         {"MESOS_SLAVE_PID", "slave(1)@127.0.0.1:15051"},
                                         {"MESOS_SUBSCRIPTION_BACKOFF_MAX", "2500ms"},
                                     }),
                                     &warnings);
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_TRUE(warnings.empty()) << warnings.front();
  EXPECT_EQ(EndpointName(settings->endpoint), "127.0.0.1:15051");
  EXPECT_EQ(settings->framework_id, "framework");
  EXPECT_EQ(settings->executor_id, "executor");
  EXPECT_TRUE(settings->checkpoint);
  EXPECT_EQ(settings->recovery_timeout, absl::Seconds(61.5));
  EXPECT_EQ(settings->subscription_backoff_max, absl::Milliseconds(2500));
  EXPECT_EQ(settings->token, "a.b.c");
  EXPECT_EQ(settings->socket.path, "/var/run/mesos/agent.sock");
  EXPECT_EQ(settings->socket_api_path, "/slave(1)/api/v1/executor");
}

TEST_F(ConformanceTest, A1_14_4_UpdatesGoOneByOneInOrderAndStayUntilAcknowledged) {
  Subscribe(true);
  EXPECT_EQ(On(Make(Event::LAUNCH)), "LAUNCH");
  const std::string starting = Send(mesos::v1::TASK_STARTING);
  EXPECT_EQ(Text(session_->Send(StatusOf(mesos::v1::TASK_RUNNING), now_)), "");
  EXPECT_EQ(Answer(202), "UPDATE TASK_RUNNING");
  EXPECT_EQ(Answer(202), "");
  EXPECT_FALSE(session_->all_settled());
  EXPECT_EQ(Acknowledge(starting), "acknowledged TASK_STARTING");
  EXPECT_EQ(Acknowledge(starting), "") << "a repeated acknowledgement";
  EXPECT_EQ(Tick(), "UPDATE TASK_RUNNING") << "after silence";
}

TEST_F(ConformanceTest, A1_14_4_AnUpdateHasOneUuidOfVersion4HoweverOftenItIsSent) {
  Subscribe(true);
  const std::string uuid = Send(mesos::v1::TASK_STARTING);
  ASSERT_EQ(uuid.size(), 16u);
  EXPECT_EQ(uuid[6] & 0xf0, 0x40) << "agents know versions 1 to 5";
  EXPECT_EQ(uuid[8] & 0xc0, 0x80) << "the variant of RFC 4122";
  Answer(503, "Agent has not finished recovery");
  now_ = session_->next_tick();
  EXPECT_EQ(Uuid(session_->OnTick(now_)), uuid) << "after a refusal";
  Answer(202);
  now_ = session_->next_tick();
  EXPECT_EQ(Uuid(session_->OnTick(now_)), uuid) << "after silence";
  Break();
  now_ = session_->next_tick();
  const auto actions = session_->OnTick(now_);
  const Call& call = std::get<Session::OpenStream>(actions.back()).call;
  ASSERT_EQ(call.subscribe().unacknowledged_updates_size(), 1);
  EXPECT_EQ(call.subscribe().unacknowledged_updates(0).status().uuid(), uuid) << "in SUBSCRIBE";
  On(Make(Event::SUBSCRIBED));
  now_ = session_->next_tick();
  EXPECT_EQ(Uuid(session_->OnTick(now_)), uuid) << "in another subscription";
}

TEST_F(ConformanceTest, A1_14_4_EveryUpdateHasItsOwnUuid) {
  Subscribe(true);
  std::set<std::string> uuids;
  for (int i = 0; i < 1000; ++i) {
    const std::string uuid = Send(mesos::v1::TASK_RUNNING);
    EXPECT_TRUE(uuids.insert(uuid).second);
    Answer(202);
    Acknowledge(uuid);
  }
}

TEST_F(ConformanceTest, A1_14_4_SubscribeListsUpdatesInTheOrderInWhichTheyWereMade) {
  Create(true);
  session_->Start(now_);
  for (const auto state : {mesos::v1::TASK_STARTING, mesos::v1::TASK_RUNNING,
                           mesos::v1::TASK_KILLING, mesos::v1::TASK_KILLED}) {
    session_->Send(StatusOf(state), now_);
  }
  Break();
  EXPECT_EQ(Tick(), "SUBSCRIBE TASK_STARTING TASK_RUNNING TASK_KILLING TASK_KILLED");
}

TEST_F(ConformanceTest, A1_14_5_TasksAreListedUntilAnyUpdateOfThemIsAcknowledged) {
  Subscribe(true);
  On(Make(Event::LAUNCH));
  On(Make(Event::LAUNCH_GROUP));
  const std::string starting = Send(mesos::v1::TASK_STARTING);
  Answer(202);
  Send(mesos::v1::TASK_RUNNING);
  Break();
  EXPECT_EQ(Tick(), "SUBSCRIBE task one two TASK_STARTING TASK_RUNNING");
  On(Make(Event::SUBSCRIBED));
  Acknowledge(starting);
  now_ += kLong;
  Break();
  EXPECT_EQ(Tick(), "SUBSCRIBE one two TASK_RUNNING");
}

TEST_F(ConformanceTest, A1_14_6_AllTypesOfEventsAreTaken) {
  Subscribe(true);
  EXPECT_EQ(On(Make(Event::KILL)), "KILL");
  EXPECT_EQ(On(Make(Event::KILL)), "KILL");
  EXPECT_EQ(On(Make(Event::MESSAGE)), "MESSAGE");
  EXPECT_EQ(On(Make(Event::LAUNCH_GROUP)), "LAUNCH_GROUP");
  EXPECT_EQ(On(Make(Event::HEARTBEAT)), "");
  EXPECT_EQ(On(Make(Event::UNKNOWN)), "");
  EXPECT_EQ(On(Event()), "") << "a type that was added later";
  EXPECT_EQ(On(Make(Event::LAUNCH)), "LAUNCH");
  EXPECT_EQ(Acknowledge("of nothing that we know"), "");
  EXPECT_EQ(On(Make(Event::ERROR)), "disconnect, disconnected");
  EXPECT_EQ(Tick(), "SUBSCRIBE one two task");
  EXPECT_EQ(On(Make(Event::SUBSCRIBED)), "SUBSCRIBED");
  EXPECT_EQ(On(Make(Event::SHUTDOWN)), "SHUTDOWN");
}

TEST_F(ConformanceTest, A1_14_7_WithoutCheckpointsALostConnectionIsForGood) {
  Subscribe(false);
  EXPECT_EQ(Break(), "disconnect, disconnected, lost");
  EXPECT_EQ(session_->next_tick(), absl::InfiniteFuture());
}

TEST_F(ConformanceTest, A1_14_7_WithCheckpointsAnOutageIsSurvivedAndToldOnce) {
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
  session_->Send(StatusOf(mesos::v1::TASK_RUNNING), now_);
  EXPECT_EQ(Break(), "disconnect");
  EXPECT_EQ(Tick(), "SUBSCRIBE task TASK_STARTING TASK_RUNNING");
  EXPECT_EQ(On(Make(Event::SUBSCRIBED)), "SUBSCRIBED") << "the updates were in the SUBSCRIBE";
  now_ += kLong;
  EXPECT_EQ(Break(), "disconnect, disconnected") << "another outage";
}

// A restarted agent takes subscriptions for two seconds, and destroys those who were late.
TEST_F(ConformanceTest, A1_14_7_WithCheckpointsItSubscribesOftenEnoughForARestartedAgentsWindow) {
  Subscribe(true);
  Break();
  Tick();
  for (int i = 0; i < 1000; ++i) {
    const absl::Time before = now_;
    ASSERT_EQ(Break(), "disconnect");
    ASSERT_EQ(Tick(), "SUBSCRIBE");
    ASSERT_LE(now_ - before, absl::Milliseconds(500)) << "a quarter of the longest backoff";
    if (now_ > kStart + absl::Minutes(10)) break;
  }
}

TEST_F(ConformanceTest, A1_14_8_TheRecoveryTimeoutEndsAnOutageInTheMiddleOfAnAttempt) {
  Subscribe(true);
  const absl::Time broken = now_;
  Break();
  std::string last;
  while (last.find("lost") == last.npos) last = Tick();
  EXPECT_EQ(now_, broken + absl::Minutes(15));
  EXPECT_EQ(session_->next_tick(), absl::InfiniteFuture());
  EXPECT_EQ(Text(session_->Send(StatusOf(mesos::v1::TASK_KILLED), now_)), "");
}

TEST_F(ConformanceTest, A1_14_8_OnlySubscribedStopsTheRecoveryClock) {
  Subscribe(true);
  const absl::Time broken = now_;
  Break();
  // Agents that take the connection, answer 200 and break it, or refuse.
  for (int i = 0, subscribes = 0; session_->next_tick() != absl::InfiniteFuture(); ++i) {
    ASSERT_LT(i, 100'000);
    if (Tick() != "SUBSCRIBE") continue;
    if (++subscribes % 2 == 0) {
      Refuse(503, "Agent has not finished recovery");
    } else {
      On(Make(Event::HEARTBEAT));
    }
  }
  EXPECT_EQ(now_, broken + absl::Minutes(15));
}

TEST_F(ConformanceTest, A1_14_8_AnOutageAfterSubscribedHasItsWholeTime) {
  Subscribe(true);
  Break();
  Tick();
  now_ += absl::Seconds(1);
  On(Make(Event::SUBSCRIBED));
  now_ += kLong;
  const absl::Time broken = now_;
  Break();
  std::string last;
  while (last.find("lost") == last.npos) last = Tick();
  EXPECT_EQ(now_, broken + absl::Minutes(15));
}

TEST_F(ConformanceTest, A1_14_9_AnUpdateAnswered503IsSentAgainInOrder) {
  Subscribe(true);
  Send(mesos::v1::TASK_STARTING);
  session_->Send(StatusOf(mesos::v1::TASK_RUNNING), now_);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(Answer(503, "Agent has not finished recovery"), "");
    EXPECT_EQ(Tick(), "UPDATE TASK_STARTING");
  }
  EXPECT_EQ(Answer(202), "UPDATE TASK_RUNNING");
}

TEST_F(ConformanceTest, A1_14_9_AnUpdateAnswered403SubscribesAndHandsOverAll) {
  Subscribe(true);
  Send(mesos::v1::TASK_STARTING);
  session_->Send(StatusOf(mesos::v1::TASK_RUNNING), now_);
  EXPECT_EQ(Answer(403, "Executor is not subscribed"), "disconnect, disconnected");
  EXPECT_EQ(Tick(), "SUBSCRIBE TASK_STARTING TASK_RUNNING");
}

TEST_F(ConformanceTest, A1_14_9_UpdatesThatNobodyAcknowledgesAreSentAgainInOrder) {
  Subscribe(true);
  Send(mesos::v1::TASK_STARTING);
  session_->Send(StatusOf(mesos::v1::TASK_RUNNING), now_);
  EXPECT_EQ(Answer(202), "UPDATE TASK_RUNNING");
  EXPECT_EQ(Answer(202), "");
  for (const int seconds : {1, 2, 4, 8, 10, 10}) {
    const absl::Time before = now_;
    EXPECT_EQ(Tick(), "UPDATE TASK_STARTING");
    EXPECT_EQ(now_ - before, absl::Seconds(seconds));
    EXPECT_EQ(Answer(202), "UPDATE TASK_RUNNING");
    EXPECT_EQ(Answer(202), "");
  }
}

// The wait for it has its bound in //supervisor/task.
TEST_F(ConformanceTest, A1_14_12_ThatAllIsSettledIsToldWhenTheLastUpdateIsAcknowledged) {
  Subscribe(true);
  const std::string running = Send(mesos::v1::TASK_RUNNING);
  EXPECT_EQ(Answer(202), "");
  const std::string finished = Send(mesos::v1::TASK_FINISHED);
  EXPECT_EQ(Answer(202), "") << "taken is not acknowledged";
  EXPECT_EQ(Acknowledge(running), "acknowledged TASK_RUNNING");
  EXPECT_EQ(Acknowledge(finished), "acknowledged TASK_FINISHED, all settled");
}

}  // namespace
}  // namespace mesos_executor::agent
