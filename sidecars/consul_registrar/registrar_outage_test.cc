// A Consul that is away, slow or silent: nothing is held up, and the newest word counts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "sidecars/consul_registrar/registrar_fixture.h"

namespace mesos_executor::consul {
namespace {

using lifecycle::v1::Answer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class RegistrarOutageTest : public RegistrarFixture {};

TEST_F(RegistrarOutageTest, AConsulThatWasAwayIsTriedAgainAndTheAnswerFollows) {
  consul_.mood = Mood::kAway;
  State(lifecycle::v1::STARTED);
  Enter(lifecycle::v1::HEALTHY);
  EXPECT_THAT(replies_["a.1"], ElementsAre(Answer::PENDING));
  loop_.Advance(absl::Minutes(5));
  EXPECT_THAT(replies_["a.1"], ElementsAre(Answer::PENDING));
  const int tries = consul_.Count("");
  EXPECT_GE(tries, 300 / 15);
  EXPECT_LE(tries, 300 / 15 + 300 / 10 + 20);

  consul_.mood = Mood::kWell;
  loop_.Advance(sidecar::RetryPause::kLast);
  EXPECT_THAT(replies_["a.1"], ElementsAre(Answer::PENDING, Answer::OK));
  EXPECT_TRUE(InConsul());
}

TEST_F(RegistrarOutageTest, ATaskThatEndedWhileConsulWasAwayIsNeverRegistered) {
  consul_.mood = Mood::kAway;
  State(lifecycle::v1::STARTED);
  Enter(lifecycle::v1::HEALTHY);
  Enter(lifecycle::v1::TERMINATED, "a.1", absl::ZeroDuration());
  loop_.Advance(absl::Minutes(1));
  EXPECT_EQ(memory_.records.size(), 1u);
  consul_.requests.clear();

  consul_.mood = Mood::kWell;
  loop_.Advance(absl::Minutes(1));
  EXPECT_EQ(consul_.Count("PUT /v1/agent/service/register"), 0);
  EXPECT_FALSE(InConsul());
  EXPECT_THAT(memory_.records, IsEmpty());
}

TEST_F(RegistrarOutageTest, AKillWhileConsulIsAwayCostsNothing) {
  RegisterTask();
  consul_.mood = Mood::kAway;
  Enter(lifecycle::v1::BEFORE_TERMINATE, "a.1", absl::Seconds(2));
  EXPECT_THAT(replies_["a.1"], ElementsAre(Answer::PENDING));
  consul_.mood = Mood::kWell;
  loop_.Advance(sidecar::RetryPause::kLast);
  EXPECT_THAT(replies_["a.1"], ElementsAre(Answer::PENDING, Answer::OK));
  EXPECT_FALSE(InConsul());
}

TEST_F(RegistrarOutageTest, AConsulThatNeverAnswersIsWaitedForUntilJustBeforeTheDeadline) {
  RegisterTask();
  consul_.mood = Mood::kSilent;
  Enter(lifecycle::v1::BEFORE_TERMINATE, "a.1", absl::Seconds(2));
  loop_.Advance(absl::Milliseconds(1949));
  EXPECT_THAT(replies_["a.1"], IsEmpty());
  loop_.Advance(absl::Milliseconds(1));
  EXPECT_THAT(replies_["a.1"], ElementsAre(Answer::PENDING));
  loop_.Advance(absl::Minutes(1));
  EXPECT_THAT(replies_["a.1"], ElementsAre(Answer::PENDING));
  consul_.mood = Mood::kWell;
  loop_.Advance(Client::kLongestTimeout + sidecar::RetryPause::kLast);
  EXPECT_FALSE(InConsul());
}

TEST_F(RegistrarOutageTest, AThousandSwallowedRegistrationsDoNotHoldUpADeregistration) {
  RegisterTask();
  consul_.mood = Mood::kSilent;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = "b." + std::to_string(i);
    State(lifecycle::v1::STARTED, id);
    Enter(lifecycle::v1::HEALTHY, id);
  }
  EXPECT_EQ(consul_.most_open, Client::kPlaces.not_urgent);
  consul_.mood = Mood::kWell;
  Enter(lifecycle::v1::BEFORE_TERMINATE);
  EXPECT_THAT(replies_["a.1"], ElementsAre(Answer::OK));
  EXPECT_FALSE(InConsul());
}

TEST_F(RegistrarOutageTest, ARegistrationThatStillWaitsIsNotSentOnceTheTaskIsKilled) {
  consul_.mood = Mood::kSilent;
  for (int i = 0; i < Client::kPlaces.not_urgent; ++i) {
    const std::string id = "b." + std::to_string(i);
    State(lifecycle::v1::STARTED, id);
    Enter(lifecycle::v1::HEALTHY, id);
  }
  State(lifecycle::v1::STARTED);
  Enter(lifecycle::v1::HEALTHY);
  consul_.mood = Mood::kWell;
  consul_.requests.clear();
  Enter(lifecycle::v1::TERMINATED);
  EXPECT_THAT(replies_["a.1"], ElementsAre(Answer::OK));
  loop_.Advance(absl::Minutes(1));
  EXPECT_FALSE(InConsul());
  EXPECT_EQ(consul_.services.size(), static_cast<size_t>(Client::kPlaces.not_urgent));
}

TEST_F(RegistrarOutageTest, ARegistrationThatWasSentIsWaitedForAndThenUndone) {
  State(lifecycle::v1::STARTED);
  consul_.mood = Mood::kSlow;
  Enter(lifecycle::v1::HEALTHY);
  Enter(lifecycle::v1::BEFORE_TERMINATE);
  EXPECT_EQ(consul_.requests.size(), 1u);
  loop_.Advance(2 * consul_.slowness);
  EXPECT_THAT(replies_["a.1"], ElementsAre(Answer::OK));
  EXPECT_THAT(consul_.requests, ElementsAre("PUT /v1/agent/service/register",
                                            "PUT /v1/agent/service/deregister/a.1_web_80"));
  EXPECT_FALSE(InConsul());
}

TEST_F(RegistrarOutageTest, ARegistrationThatFailsDoesNotSlowDownTheKillThatCameMeanwhile) {
  State(lifecycle::v1::STARTED);
  consul_.mood = Mood::kSilent;
  Enter(lifecycle::v1::HEALTHY);
  consul_.mood = Mood::kWell;
  Enter(lifecycle::v1::BEFORE_TERMINATE);
  loop_.Advance(Client::kFirstTimeout);
  EXPECT_THAT(replies_["a.1"], ElementsAre(Answer::OK));
}

TEST_F(RegistrarOutageTest, WhoeverWaitsForARegistrationHearsNothingOfItsUndoing) {
  State(lifecycle::v1::STARTED);
  consul_.mood = Mood::kSlow;
  Enter(lifecycle::v1::HEALTHY);
  registrar_->Undo(Key("a.1"));
  loop_.Advance(absl::Minutes(1));
  EXPECT_FALSE(InConsul());
  EXPECT_THAT(replies_["a.1"], IsEmpty());
}

TEST_F(RegistrarOutageTest, ARegistrationThatConsulCarriesOutAfterTheEndIsFoundAndUndone) {
  consul_.mood = Mood::kSilent;
  State(lifecycle::v1::STARTED);
  Enter(lifecycle::v1::HEALTHY);
  loop_.Advance(Client::kFirstTimeout);
  consul_.mood = Mood::kWell;
  const auto late = nlohmann::json::parse(consul_.last.body);
  Enter(lifecycle::v1::TERMINATED);
  EXPECT_THAT(replies_["a.1"], ElementsAre(Answer::PENDING));
  EXPECT_EQ(memory_.records.size(), 1u);

  consul_.services[kWeb] = late;
  loop_.Advance(KeptTask::kLateRegistration);
  EXPECT_FALSE(InConsul());
  EXPECT_THAT(replies_["a.1"], ElementsAre(Answer::PENDING, Answer::OK));
  EXPECT_THAT(memory_.records, IsEmpty());
}

TEST_F(RegistrarOutageTest, IdleMeansThatAllIsUndone) {
  int idle = 0;
  registrar_->WhenIdle([&] { ++idle; });
  EXPECT_EQ(idle, 1);
  RegisterTask();
  RegisterTask("b.2");
  consul_.mood = Mood::kAway;
  registrar_->Undo(Key("a.1"));
  registrar_->Undo(Key("b.2"));
  registrar_->WhenIdle([&] { ++idle; });
  loop_.Advance(absl::Minutes(1));
  EXPECT_EQ(idle, 1);
  consul_.mood = Mood::kWell;
  loop_.Advance(absl::Minutes(1));
  EXPECT_EQ(idle, 2);
  EXPECT_THAT(consul_.services, IsEmpty());
}

TEST_F(RegistrarOutageTest, AFlappingTaskDoesNotPileUpAnswers) {
  consul_.mood = Mood::kAway;
  State(lifecycle::v1::STARTED);
  int answers = 0;
  for (int i = 0; i < 1000; ++i) {
    registrar_->OnPhase(
        Key("a.1"), StateOf(i % 2 == 0 ? lifecycle::v1::HEALTHY : lifecycle::v1::UNHEALTHY),
        absl::Seconds(1), [&](sidecar::Reply reply) { answers += reply.outcome == Answer::OK; });
  }
  consul_.mood = Mood::kWell;
  loop_.Advance(absl::Minutes(1));
  EXPECT_GE(answers, 1);
  EXPECT_LE(answers, 16);
}

TEST_F(RegistrarOutageTest, AConsulThatTakesHalfAMinuteForEachAnswerLetsEveryKillThroughInTime) {
  constexpr int kTasks = 1000;
  const auto id = [](int i) { return "b." + std::to_string(i); };
  for (int i = 0; i < kTasks; ++i) {
    State(lifecycle::v1::STARTED, id(i));
    Enter(lifecycle::v1::HEALTHY, id(i));
  }
  ASSERT_EQ(consul_.services.size(), size_t{kTasks});
  consul_.mood = Mood::kSlow;
  consul_.slowness = absl::Seconds(30);
  // Half of them are in the midst of something: their health changes.
  for (int i = 0; i < kTasks; i += 2) State(lifecycle::v1::UNHEALTHY, id(i));
  loop_.Advance(absl::Seconds(1));
  for (int i = 0; i < kTasks; ++i) {
    Enter(lifecycle::v1::BEFORE_TERMINATE, id(i), absl::Seconds(2));
  }
  EXPECT_LE(consul_.open, Client::kPlaces.all);
  loop_.Advance(absl::Seconds(2) - sidecar::Waiters::kMargin);
  for (int i = 0; i < kTasks; ++i) {
    EXPECT_THAT(replies_[id(i)], ElementsAre(Answer::PENDING)) << i;
    Enter(lifecycle::v1::TERMINATED, id(i), absl::ZeroDuration());
  }
  // Its answers come, at last: 1000 of them, at most 16 at once, 30 s each.
  loop_.Advance(absl::Hours(2));
  EXPECT_THAT(consul_.services, IsEmpty());
  EXPECT_THAT(memory_.records, IsEmpty());
  EXPECT_EQ(memory_.forgotten.size(), size_t{kTasks});
  EXPECT_LE(consul_.most_open, Client::kPlaces.all);
  // No more than it can bear: some were lost while we learnt how slow it is.
  EXPECT_LE(consul_.Count("PUT /v1/agent/service/deregister"), 2 * kTasks);
}

TEST_F(RegistrarOutageTest, RegistrationsAtASlowConsulAreWaitedForAndNotRepeatedForever) {
  consul_.mood = Mood::kSlow;
  consul_.slowness = absl::Seconds(30);
  for (int i = 0; i < 50; ++i) {
    const std::string id = "b." + std::to_string(i);
    State(lifecycle::v1::STARTED, id);
    Enter(lifecycle::v1::HEALTHY, id);
  }
  loop_.Advance(absl::Minutes(20));
  EXPECT_EQ(consul_.services.size(), 50u);
  for (const auto& [id, replies] : replies_) EXPECT_EQ(replies.back(), Answer::OK) << id;
}

}  // namespace
}  // namespace mesos_executor::consul
