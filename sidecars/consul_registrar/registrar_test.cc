#include "sidecars/consul_registrar/registrar.h"

#include <glog/logging.h>
#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "sidecars/consul_registrar/scripted_consul.h"
#include "supervisor/event_loop/manual_event_loop.h"

namespace mesos_executor::consul {
namespace {

using lifecycle::v1::Answer;
using lifecycle::v1::Phase;
using sidecar::Reply;
using sidecar::TaskKey;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Mood = ScriptedConsul::Mood;

constexpr char kWeb[] = "a.1_web_80";

class FakeMemory final : public sidecar::Memory {
 public:
  void Remember(const TaskKey& key, const std::string& record) override {
    records[key.task_id] = record;
  }
  void Forget(const TaskKey& key) override {
    records.erase(key.task_id);
    forgotten.push_back(key.task_id);
  }
  std::map<std::string, std::string> records;
  std::vector<std::string> forgotten;
};

class RegistrarTest : public ::testing::Test {
 protected:
  RegistrarTest() { Start(); }

  // A new process of the sidecar, which knows only what Memory kept.
  void Start() {
    registrar_.reset();
    registrar_ = std::make_unique<Registrar>(
        &loop_,
        std::make_unique<Client>(ConsulSettings(), consul_.NewHttpClient(), consul_.NewResolver()),
        &memory_, [] { return 0.0; });
  }

  static TaskKey Key(const std::string& id) {
    return {.uid = 0, .framework_id = "f", .executor_id = "e", .task_id = id};
  }

  static lifecycle::v1::Attach AttachOf(const std::string& id) {
    lifecycle::v1::Attach attach;
    attach.set_incarnation("A");
    lifecycle::v1::Task& task = *attach.mutable_task();
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
        R"(address: "127.0.0.1" ports { number: 80 } labels { key: "consul" value: "web" }
           health_check { tcp { port: 80 } interval { seconds: 5 } timeout { seconds: 1 } })",
        &task));
    task.set_task_id(id);
    return attach;
  }

  static sidecar::TaskState StateOf(Phase phase) {
    return {.phase = phase,
            .health = phase == lifecycle::v1::UNHEALTHY ? lifecycle::v1::HEALTH_UNHEALTHY
                      : phase == lifecycle::v1::HEALTHY ? lifecycle::v1::HEALTH_HEALTHY
                                                        : lifecycle::v1::HEALTH_UNKNOWN};
  }

  void State(Phase phase, const std::string& id = "a.1") {
    registrar_->OnState(Key(id), AttachOf(id), StateOf(phase));
    loop_.Advance(absl::ZeroDuration());
  }

  // The outcomes are collected in replies_[id].
  void Enter(Phase phase, const std::string& id = "a.1",
             absl::Duration deadline = absl::Seconds(10)) {
    replies_[id].clear();
    registrar_->OnPhase(Key(id), StateOf(phase), deadline, [this, id](Reply reply) {
      replies_[id].push_back(reply.outcome);
      message_ = reply.message;
    });
    loop_.Advance(absl::ZeroDuration());
  }

  void RegisterTask(const std::string& id = "a.1") {
    State(lifecycle::v1::STARTED, id);
    Enter(lifecycle::v1::HEALTHY, id);
    ASSERT_THAT(replies_[id], ElementsAre(Answer::OK));
    ASSERT_TRUE(consul_.services.contains(id + "_web_80"));
  }

  bool InConsul(const std::string& service = kWeb) const {
    return consul_.services.contains(service);
  }
  std::string StatusInConsul() { return consul_.services.at(kWeb).at("Check").at("Status"); }

  ManualEventLoop loop_;
  ScriptedConsul consul_{&loop_};
  FakeMemory memory_;
  std::unique_ptr<Registrar> registrar_;
  std::map<std::string, std::vector<Answer::Outcome>> replies_;
  std::string message_;
};

TEST_F(RegistrarTest, ATaskIsRegisteredWhenHealthyAndDeregisteredBeforeItIsKilled) {
  State(lifecycle::v1::PHASE_UNSPECIFIED);
  Enter(lifecycle::v1::BEFORE_START);
  EXPECT_THAT(replies_["a.1"], ElementsAre(Answer::OK));
  Enter(lifecycle::v1::STARTED);
  EXPECT_THAT(consul_.requests, IsEmpty());

  Enter(lifecycle::v1::HEALTHY);
  EXPECT_THAT(replies_["a.1"], ElementsAre(Answer::OK));
  EXPECT_TRUE(InConsul());
  EXPECT_EQ(StatusInConsul(), "passing");
  EXPECT_EQ(memory_.records["a.1"], R"({"incarnation":"A","services":["a.1_web_80"]})");

  Enter(lifecycle::v1::BEFORE_TERMINATE);
  EXPECT_THAT(replies_["a.1"], ElementsAre(Answer::OK));
  EXPECT_EQ(message_, "deregistered 1 service");
  EXPECT_FALSE(InConsul());
  EXPECT_EQ(memory_.records.size(), 1u);

  Enter(lifecycle::v1::TERMINATED);
  EXPECT_THAT(replies_["a.1"], ElementsAre(Answer::OK));
  EXPECT_EQ(message_, "nothing was left to deregister");
  EXPECT_THAT(memory_.records, IsEmpty());
  EXPECT_THAT(consul_.requests, ElementsAre("PUT /v1/agent/service/register",
                                            "PUT /v1/agent/service/deregister/a.1_web_80"));
}

TEST_F(RegistrarTest, ATaskThatEndsByItselfIsDeregistered) {
  RegisterTask();
  Enter(lifecycle::v1::TERMINATED, "a.1", absl::ZeroDuration());
  EXPECT_FALSE(InConsul());
  EXPECT_THAT(memory_.forgotten, ElementsAre("a.1"));
}

TEST_F(RegistrarTest, TheRecordIsOnDiskBeforeConsulHears) {
  consul_.mood = Mood::kSilent;
  State(lifecycle::v1::STARTED);
  Enter(lifecycle::v1::HEALTHY);
  EXPECT_EQ(memory_.records["a.1"], R"({"incarnation":"A","services":["a.1_web_80"]})");
}

TEST_F(RegistrarTest, PhasesMayComeTwice) {
  RegisterTask();
  Enter(lifecycle::v1::HEALTHY);
  EXPECT_THAT(replies_["a.1"], ElementsAre(Answer::OK));
  EXPECT_EQ(consul_.Count("PUT"), 1);
  for (const auto phase : {lifecycle::v1::BEFORE_TERMINATE, lifecycle::v1::BEFORE_TERMINATE,
                           lifecycle::v1::TERMINATED, lifecycle::v1::TERMINATED}) {
    Enter(phase);
    EXPECT_THAT(replies_["a.1"], ElementsAre(Answer::OK));
  }
  EXPECT_EQ(consul_.Count("PUT /v1/agent/service/deregister"), 1);
}

TEST_F(RegistrarTest, ASickTaskStaysRegistered) {
  RegisterTask();
  Enter(lifecycle::v1::UNHEALTHY);
  loop_.Advance(absl::Minutes(1));
  EXPECT_TRUE(InConsul());
  EXPECT_EQ(consul_.Count("PUT"), 1);
}

TEST_F(RegistrarTest, ATaskWithoutTheLabelCostsConsulNothing) {
  auto attach = AttachOf("a.1");
  attach.mutable_task()->clear_labels();
  registrar_->OnState(Key("a.1"), attach, StateOf(lifecycle::v1::STARTED));
  for (const auto phase :
       {lifecycle::v1::HEALTHY, lifecycle::v1::BEFORE_TERMINATE, lifecycle::v1::TERMINATED}) {
    Enter(phase);
    EXPECT_THAT(replies_["a.1"], ElementsAre(Answer::OK));
  }
  loop_.Advance(absl::Minutes(1));
  EXPECT_THAT(consul_.requests, IsEmpty());
  EXPECT_EQ(loop_.timers(), 0u);
}

TEST_F(RegistrarTest, ALabelThatMakesNoSenseIsRefusedWithAReason) {
  auto attach = AttachOf("a.1");
  attach.mutable_task()->clear_ports();
  registrar_->OnState(Key("a.1"), attach, StateOf(lifecycle::v1::STARTED));
  Enter(lifecycle::v1::HEALTHY);
  EXPECT_THAT(replies_["a.1"], ElementsAre(Answer::FAILED));
  EXPECT_NE(message_.find("no port"), std::string::npos);
  Enter(lifecycle::v1::TERMINATED);
  EXPECT_THAT(replies_["a.1"], ElementsAre(Answer::OK));
}

TEST_F(RegistrarTest, AConsulThatWasAwayIsTriedAgainAndTheAnswerFollows) {
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
  loop_.Advance(Registrar::kLastPause);
  EXPECT_THAT(replies_["a.1"], ElementsAre(Answer::PENDING, Answer::OK));
  EXPECT_TRUE(InConsul());
}

TEST_F(RegistrarTest, ATaskThatEndedWhileConsulWasAwayIsNeverRegistered) {
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

TEST_F(RegistrarTest, AKillWhileConsulIsAwayCostsNothing) {
  RegisterTask();
  consul_.mood = Mood::kAway;
  Enter(lifecycle::v1::BEFORE_TERMINATE, "a.1", absl::Seconds(2));
  EXPECT_THAT(replies_["a.1"], ElementsAre(Answer::PENDING));
  consul_.mood = Mood::kWell;
  loop_.Advance(Registrar::kLastPause);
  EXPECT_THAT(replies_["a.1"], ElementsAre(Answer::PENDING, Answer::OK));
  EXPECT_FALSE(InConsul());
}

TEST_F(RegistrarTest, AConsulThatNeverAnswersIsWaitedForUntilJustBeforeTheDeadline) {
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
  loop_.Advance(absl::Seconds(20));
  EXPECT_FALSE(InConsul());
}

TEST_F(RegistrarTest, AThousandSwallowedRegistrationsDoNotHoldUpADeregistration) {
  RegisterTask();
  consul_.mood = Mood::kSilent;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = "b." + std::to_string(i);
    State(lifecycle::v1::STARTED, id);
    Enter(lifecycle::v1::HEALTHY, id);
  }
  EXPECT_EQ(consul_.most_open, Client::kMaxUnderWayButDeregistrations);
  consul_.mood = Mood::kWell;
  Enter(lifecycle::v1::BEFORE_TERMINATE);
  EXPECT_THAT(replies_["a.1"], ElementsAre(Answer::OK));
  EXPECT_FALSE(InConsul());
}

TEST_F(RegistrarTest, ARegistrationThatStillWaitsIsNotSentOnceTheTaskIsKilled) {
  consul_.mood = Mood::kSilent;
  for (int i = 0; i < Client::kMaxUnderWayButDeregistrations; ++i) {
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
  EXPECT_EQ(consul_.services.size(), size_t{Client::kMaxUnderWayButDeregistrations});
}

TEST_F(RegistrarTest, ARegistrationThatWasSentIsWaitedForAndThenUndone) {
  State(lifecycle::v1::STARTED);
  consul_.mood = Mood::kSlow;
  Enter(lifecycle::v1::HEALTHY);
  Enter(lifecycle::v1::BEFORE_TERMINATE);
  EXPECT_EQ(consul_.requests.size(), 1u);
  loop_.Advance(2 * ScriptedConsul::kSlowness);
  EXPECT_THAT(replies_["a.1"], ElementsAre(Answer::OK));
  EXPECT_THAT(consul_.requests, ElementsAre("PUT /v1/agent/service/register",
                                            "PUT /v1/agent/service/deregister/a.1_web_80"));
  EXPECT_FALSE(InConsul());
}

TEST_F(RegistrarTest, ARegistrationThatFailsDoesNotSlowDownTheKillThatCameMeanwhile) {
  State(lifecycle::v1::STARTED);
  consul_.mood = Mood::kSilent;
  Enter(lifecycle::v1::HEALTHY);
  consul_.mood = Mood::kWell;
  Enter(lifecycle::v1::BEFORE_TERMINATE);
  loop_.Advance(Client::kTimeout);
  EXPECT_THAT(replies_["a.1"], ElementsAre(Answer::OK));
}

TEST_F(RegistrarTest, WhoeverWaitsForARegistrationHearsNothingOfItsUndoing) {
  State(lifecycle::v1::STARTED);
  consul_.mood = Mood::kSlow;
  Enter(lifecycle::v1::HEALTHY);
  registrar_->Undo(Key("a.1"));
  loop_.Advance(absl::Minutes(1));
  EXPECT_FALSE(InConsul());
  EXPECT_THAT(replies_["a.1"], IsEmpty());
}

TEST_F(RegistrarTest, ARegistrationThatConsulCarriesOutAfterTheEndIsFoundAndUndone) {
  consul_.mood = Mood::kSilent;
  State(lifecycle::v1::STARTED);
  Enter(lifecycle::v1::HEALTHY);
  loop_.Advance(Client::kTimeout);
  consul_.mood = Mood::kWell;
  const auto late = nlohmann::json::parse(consul_.last.body);
  Enter(lifecycle::v1::TERMINATED);
  EXPECT_THAT(replies_["a.1"], ElementsAre(Answer::PENDING));
  EXPECT_EQ(memory_.records.size(), 1u);

  consul_.services[kWeb] = late;
  loop_.Advance(Registrar::kLateRegistration);
  EXPECT_FALSE(InConsul());
  EXPECT_THAT(replies_["a.1"], ElementsAre(Answer::PENDING, Answer::OK));
  EXPECT_THAT(memory_.records, IsEmpty());
}

TEST_F(RegistrarTest, ARefusalIsSaidAtOnceAndTriedAgainSlowly) {
  consul_.mood = Mood::kRefuses;
  State(lifecycle::v1::STARTED);
  Enter(lifecycle::v1::HEALTHY);
  EXPECT_THAT(replies_["a.1"], ElementsAre(Answer::FAILED));
  EXPECT_NE(message_.find("Permission denied"), std::string::npos);
  loop_.Advance(Registrar::kLastPause - absl::Seconds(1));
  EXPECT_EQ(consul_.Count("PUT"), 1);
  // The operator has mended the token's policy.
  consul_.mood = Mood::kWell;
  loop_.Advance(absl::Seconds(1));
  EXPECT_TRUE(InConsul());
}

TEST_F(RegistrarTest, ABadDefinitionIsSaidAndNotSentAgain) {
  consul_.mood = Mood::kInvalid;
  State(lifecycle::v1::STARTED);
  Enter(lifecycle::v1::HEALTHY);
  EXPECT_THAT(replies_["a.1"], ElementsAre(Answer::FAILED));
  EXPECT_NE(message_.find("Missing service name"), std::string::npos);
  loop_.Advance(absl::Minutes(10));
  EXPECT_EQ(consul_.Count("PUT"), 1);
  Enter(lifecycle::v1::TERMINATED);
  EXPECT_THAT(memory_.records, IsEmpty());
}

TEST_F(RegistrarTest, AConsulThatWasRestartedEmptyIsFilledAgain) {
  RegisterTask();
  RegisterTask("b.2");
  consul_.services.clear();
  consul_.requests.clear();
  loop_.Advance(Registrar::kCompareEvery);
  EXPECT_EQ(consul_.services.size(), 2u);
  // One listing for all.
  EXPECT_EQ(consul_.Count("GET"), 1);
  EXPECT_EQ(StatusInConsul(), "passing");
}

TEST_F(RegistrarTest, AnEntryThatSomebodyChangedIsMended) {
  RegisterTask();
  consul_.services[kWeb]["Tags"] = {"other"};
  loop_.Advance(Registrar::kCompareEvery);
  EXPECT_EQ(consul_.services[kWeb]["Tags"], nlohmann::json({"marathon"}));
  const int puts = consul_.Count("PUT");
  loop_.Advance(absl::Minutes(1));
  EXPECT_EQ(consul_.Count("PUT"), puts);
}

TEST_F(RegistrarTest, ASickTaskIsNotRevivedByRegisteringItAgain) {
  RegisterTask();
  Enter(lifecycle::v1::UNHEALTHY);
  consul_.services.clear();
  loop_.Advance(Registrar::kCompareEvery);
  EXPECT_TRUE(InConsul());
  EXPECT_EQ(StatusInConsul(), "critical");
}

// Counts what is logged of Consul's coming and going.
class ComingAndGoing final : public google::LogSink {
 public:
  ComingAndGoing() { google::AddLogSink(this); }
  ~ComingAndGoing() override { google::RemoveLogSink(this); }
  void send(google::LogSeverity, const char*, const char*, int, const google::LogMessageTime&,
            const char* message, size_t size) override {
    const std::string text(message, size);
    away += text.find("is away") != std::string::npos;
    back += text.find("answers again") != std::string::npos;
  }
  int away = 0;
  int back = 0;
};

TEST_F(RegistrarTest, AConsulThatFailsNowAndThenDoesNotFloodTheLog) {
  RegisterTask();
  ComingAndGoing log;
  for (int i = 0; i < 60; ++i) {
    consul_.mood = i % 2 == 0 ? Mood::kFails : Mood::kWell;
    loop_.Advance(Registrar::kCompareEvery);
  }
  EXPECT_EQ(log.away, 1);
  EXPECT_EQ(log.back, 0);
  consul_.mood = Mood::kWell;
  loop_.Advance(absl::Minutes(1));
  EXPECT_EQ(log.back, 1);
  consul_.mood = Mood::kFails;
  loop_.Advance(absl::Minutes(1));
  EXPECT_EQ(log.away, 2);
}

TEST_F(RegistrarTest, NothingIsAskedOnceNoTaskIsLeft) {
  RegisterTask();
  Enter(lifecycle::v1::TERMINATED);
  loop_.Advance(Registrar::kCompareEvery);
  consul_.requests.clear();
  loop_.Advance(absl::Hours(1));
  EXPECT_THAT(consul_.requests, IsEmpty());
  EXPECT_EQ(loop_.timers(), 0u);
}

TEST_F(RegistrarTest, AReconnectionLooksAndLeavesWhatIsRightAlone) {
  RegisterTask();
  Start();
  consul_.requests.clear();
  registrar_->OnRecovered(Key("a.1"), memory_.records["a.1"]);
  EXPECT_THAT(consul_.requests, IsEmpty());
  State(lifecycle::v1::HEALTHY);
  EXPECT_THAT(consul_.requests, ElementsAre("GET /v1/agent/services"));
  EXPECT_TRUE(InConsul());
}

TEST_F(RegistrarTest, AReconnectionToTheSameProcessLooksToo) {
  RegisterTask();
  consul_.services.clear();
  State(lifecycle::v1::HEALTHY);
  EXPECT_TRUE(InConsul());
}

TEST_F(RegistrarTest, AReconnectionPutsBackWhatIsMissingWithoutAnyRecord) {
  State(lifecycle::v1::UNHEALTHY);
  EXPECT_TRUE(InConsul());
  EXPECT_EQ(StatusInConsul(), "critical");
  EXPECT_EQ(memory_.records.size(), 1u);
}

TEST_F(RegistrarTest, AReconnectionAfterTheKillBeganUndoesWithoutAnyRecord) {
  RegisterTask();
  Start();
  State(lifecycle::v1::BEFORE_TERMINATE);
  EXPECT_FALSE(InConsul());
}

TEST_F(RegistrarTest, ManyReconnectionsCostOneListing) {
  for (int i = 0; i < 100; ++i) {
    const std::string id = "b." + std::to_string(i);
    registrar_->OnState(Key(id), AttachOf(id), StateOf(lifecycle::v1::HEALTHY));
  }
  loop_.Advance(absl::ZeroDuration());
  EXPECT_EQ(consul_.Count("GET"), 1);
  EXPECT_EQ(consul_.services.size(), 100u);
}

TEST_F(RegistrarTest, WhatAnEarlierProcessDidIsUndoneFromItsRecordAlone) {
  RegisterTask();
  const std::string record = memory_.records["a.1"];
  Start();
  registrar_->OnRecovered(Key("a.1"), record);
  registrar_->Undo(Key("a.1"));
  loop_.Advance(absl::ZeroDuration());
  EXPECT_FALSE(InConsul());
  EXPECT_THAT(memory_.forgotten, ElementsAre("a.1"));
}

TEST_F(RegistrarTest, ARecordThatMakesNoSenseIsForgottenWithTheTask) {
  for (const auto* record : {"", "{}", "[]", "{\"services\":[1]}", "{\"services\":7}"}) {
    registrar_->OnRecovered(Key("a.1"), record);
    registrar_->Undo(Key("a.1"));
    loop_.Advance(absl::ZeroDuration());
    EXPECT_THAT(memory_.forgotten, ElementsAre("a.1")) << record;
    memory_.forgotten.clear();
  }
}

TEST_F(RegistrarTest, ATaskWhoseSupervisorComesBackAfterTheLeaseIsRegisteredAgain) {
  RegisterTask();
  consul_.mood = Mood::kAway;
  registrar_->Undo(Key("a.1"));
  loop_.Advance(absl::Seconds(1));
  consul_.mood = Mood::kWell;
  State(lifecycle::v1::HEALTHY);
  loop_.Advance(absl::Minutes(1));
  EXPECT_TRUE(InConsul());
  EXPECT_EQ(memory_.records.size(), 1u);
  EXPECT_THAT(memory_.forgotten, IsEmpty());
}

TEST_F(RegistrarTest, AnOlderTaskOfTheSameIdsIsUndoneWhileTheNewOneIsNotHealthy) {
  RegisterTask();
  consul_.mood = Mood::kAway;
  registrar_->Undo(Key("a.1"));
  loop_.Advance(absl::Seconds(1));
  auto newer = AttachOf("a.1");
  newer.set_incarnation("B");
  registrar_->OnState(Key("a.1"), newer, StateOf(lifecycle::v1::PHASE_UNSPECIFIED));
  Enter(lifecycle::v1::BEFORE_START);
  EXPECT_THAT(replies_["a.1"], ElementsAre(Answer::OK));
  consul_.mood = Mood::kWell;
  loop_.Advance(absl::Minutes(1));
  EXPECT_FALSE(InConsul());
  Enter(lifecycle::v1::HEALTHY);
  EXPECT_THAT(replies_["a.1"], ElementsAre(Answer::OK));
  EXPECT_TRUE(InConsul());
}

TEST_F(RegistrarTest, WhatARecordSaysOfAnOlderTaskIsUndoneWhileTheNewOneIsNotHealthy) {
  RegisterTask();
  Start();
  registrar_->OnRecovered(Key("a.1"), memory_.records["a.1"]);
  State(lifecycle::v1::STARTED);
  EXPECT_FALSE(InConsul());
}

TEST_F(RegistrarTest, AnotherIncarnationsRegistrationIsReplacedThoughTheListingLooksRight) {
  RegisterTask();
  const std::string record = memory_.records["a.1"];
  auto newer = AttachOf("a.1");
  newer.set_incarnation("B");
  newer.mutable_task()->mutable_health_check()->mutable_interval()->set_seconds(7);
  for (const bool restarted : {false, true}) {
    consul_.services[kWeb]["Check"]["Interval"] = "5s";
    if (restarted) {
      Start();
      registrar_->OnRecovered(Key("a.1"), record);
    }
    registrar_->OnState(Key("a.1"), newer, StateOf(lifecycle::v1::HEALTHY));
    loop_.Advance(absl::ZeroDuration());
    EXPECT_EQ(consul_.services[kWeb]["Check"]["Interval"], "7s") << restarted;
    newer.set_incarnation("C");
  }
}

TEST_F(RegistrarTest, IdleMeansThatAllIsUndone) {
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

TEST_F(RegistrarTest, AFlappingTaskDoesNotPileUpAnswers) {
  consul_.mood = Mood::kAway;
  State(lifecycle::v1::STARTED);
  int answers = 0;
  for (int i = 0; i < 1000; ++i) {
    registrar_->OnPhase(
        Key("a.1"), StateOf(i % 2 == 0 ? lifecycle::v1::HEALTHY : lifecycle::v1::UNHEALTHY),
        absl::Seconds(1), [&](Reply reply) { answers += reply.outcome == Answer::OK; });
  }
  consul_.mood = Mood::kWell;
  loop_.Advance(absl::Minutes(1));
  EXPECT_GE(answers, 1);
  EXPECT_LE(answers, 16);
}

}  // namespace
}  // namespace mesos_executor::consul
