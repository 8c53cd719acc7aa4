#include "sidecars/vaas_registrar/registrar.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "sidecars/vaas_registrar/scripted_vaas.h"
#include "supervisor/event_loop/manual_event_loop.h"

namespace mesos_executor::vaas {
namespace {

using lifecycle::v1::Phase;
using sidecar::Reply;
using sidecar::TaskKey;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;
using Mood = ScriptedVaas::Mood;
using Outcome = lifecycle::v1::Answer;

constexpr char kWeb[] = "web:10.0.0.7:80 1";

class FakeMemory final : public sidecar::Memory {
 public:
  void Remember(const TaskKey& key, const std::string& record) override {
    records[key.task_id] = record;
  }
  void Forget(const TaskKey& key) override { records.erase(key.task_id); }
  std::map<std::string, std::string> records;
};

class RegistrarTest : public ::testing::Test {
 protected:
  RegistrarTest() { Start(); }

  // A new process of the sidecar, which knows only what Memory kept.
  void Start() {
    registrar_.reset();
    registrar_ = std::make_unique<Registrar>(Registrar::Parts{
        .loop = &loop_,
        .client = std::make_unique<Client>(
            VaasServer{.route = std::make_unique<sidecar::Route>(UnixEndpoint{"/vaas"}),
                       .tls = nullptr,
                       .username = "user",
                       .key = "key"},
            vaas_.NewHttpClient()),
        .memory = &memory_,
        .metrics = &metrics_,
        .random = [] { return 0.0; },
        .async_timeout = absl::Seconds(90)});
  }
  // Kill -9, and the next process, which reads the journal.
  void Restart() {
    const auto records = memory_.records;
    Start();
    for (const auto& [id, record] : records) registrar_->OnRecovered(Key(id), record);
  }

  static TaskKey Key(const std::string& id) {
    return {.uid = 0, .framework_id = "f", .executor_id = "e", .task_id = id};
  }

  void State(Phase phase, const std::string& id = "a") {
    lifecycle::v1::Attach attach;
    attach.set_incarnation("A");
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
        facts_ + R"( address: "10.0.0.7" settings { key: "CLOUD_DC" value: "dc1" })",
        attach.mutable_task()));
    if (attach.task().ports().empty()) attach.mutable_task()->add_ports()->set_number(port_);
    attach.mutable_task()->set_task_id(id);
    registrar_->OnState(Key(id), attach, {.phase = phase});
    loop_.Advance(absl::ZeroDuration());
  }

  // The outcomes are collected in replies_[id].
  void Enter(Phase phase, const std::string& id = "a",
             absl::Duration deadline = absl::Seconds(10)) {
    replies_[id].clear();
    registrar_->OnPhase(Key(id), {.phase = phase}, deadline, [this, id](Reply reply) {
      replies_[id].push_back(reply.outcome);
      last_ = reply;
    });
    // As many turns of the loop as the steps take, and no time.
    for (int turn = 0; turn < 50; ++turn) loop_.Advance(absl::ZeroDuration());
  }

  void Begin(const std::string& id = "a") {
    State(lifecycle::v1::STARTED, id);
    Enter(lifecycle::v1::HEALTHY, id);
  }
  void Register(const std::string& id = "a") {
    Begin(id);
    loop_.Advance(absl::Seconds(1));
    ASSERT_THAT(replies_[id], ElementsAre(Outcome::OK)) << last_.message;
  }
  void Supply(const std::string& id, uint16_t port) {
    port_ = port;
    Register(id);
  }

  ManualEventLoop loop_;
  ScriptedVaas vaas_{&loop_};
  FakeMemory memory_;
  sidecar::Metrics metrics_;
  std::unique_ptr<Registrar> registrar_;
  std::string facts_ = R"(labels { key: "director" value: "web" })";
  uint16_t port_ = 80;
  std::map<std::string, std::vector<Outcome::Outcome>> replies_;
  Reply last_;
};

TEST_F(RegistrarTest, ATaskIsAddedWhenHealthyAndRemovedBeforeItIsKilled) {
  State(lifecycle::v1::PHASE_UNSPECIFIED);
  Enter(lifecycle::v1::BEFORE_START);
  EXPECT_THAT(replies_["a"], ElementsAre(Outcome::OK));
  Enter(lifecycle::v1::STARTED);
  EXPECT_THAT(vaas_.requests, IsEmpty());

  Enter(lifecycle::v1::HEALTHY);
  EXPECT_THAT(vaas_.Backends(), ElementsAre(kWeb));
  loop_.Advance(absl::Seconds(1));
  EXPECT_THAT(replies_["a"], ElementsAre(Outcome::OK));
  EXPECT_EQ(last_.message, "added 1 to VaaS");
  EXPECT_EQ(memory_.records["a"],
            R"({"backends":[{"director":"web","address":"10.0.0.7","port":80,"id":4}]})");
  EXPECT_THAT(metrics_.Text(), HasSubstr("vaas_registrar_backends 1"));

  Enter(lifecycle::v1::BEFORE_TERMINATE);
  EXPECT_THAT(vaas_.Backends(), IsEmpty());
  loop_.Advance(absl::Seconds(1));
  EXPECT_THAT(replies_["a"], ElementsAre(Outcome::OK));
  EXPECT_EQ(last_.message, "removed 1 from VaaS");
  EXPECT_THAT(memory_.records, SizeIs(1));

  Enter(lifecycle::v1::TERMINATED);
  EXPECT_THAT(replies_["a"], ElementsAre(Outcome::OK));
  EXPECT_THAT(memory_.records, IsEmpty());
  EXPECT_THAT(vaas_.requests,
              ElementsAre("GET /api/v0.1/director/?name=web&limit=1000&offset=0",
                          "GET /api/v0.1/dc/?symbol=dc1&limit=1000&offset=0",
                          "POST /api/v0.1/backend/", StartsWith("GET /api/v0.1/task/"),
                          "DELETE /api/v0.1/backend/4/", StartsWith("GET /api/v0.1/task/")));
  EXPECT_THAT(
      metrics_.Text(),
      AllOf(HasSubstr(R"(vaas_registrar_requests_total{request="add",outcome="ok"} 1)"),
            HasSubstr(R"(vaas_registrar_requests_total{request="delete",outcome="ok"} 1)")));
}

TEST_F(RegistrarTest, ATaskThatEndsByItselfIsRemoved) {
  Register();
  Enter(lifecycle::v1::TERMINATED, "a", absl::ZeroDuration());
  loop_.Advance(absl::Seconds(1));
  EXPECT_THAT(vaas_.Backends(), IsEmpty());
  EXPECT_THAT(memory_.records, IsEmpty());
  EXPECT_EQ(loop_.timers(), 1u) << "the comparison's, which ends";
  loop_.Advance(absl::Minutes(2));
  EXPECT_EQ(loop_.timers(), 0u);
}

TEST_F(RegistrarTest, TheRecordIsOnDiskBeforeVaasHears) {
  vaas_.mood_of_changes = Mood::kSilent;
  Begin();
  EXPECT_EQ(vaas_.Count("POST"), 1);
  EXPECT_EQ(memory_.records["a"],
            R"({"backends":[{"director":"web","address":"10.0.0.7","port":80}]})");
}

TEST_F(RegistrarTest, ASickTaskStays) {
  Register();
  Enter(lifecycle::v1::UNHEALTHY);
  loop_.Advance(absl::Minutes(5));
  EXPECT_THAT(vaas_.Backends(), ElementsAre(kWeb));
}

TEST_F(RegistrarTest, PhasesMayComeTwice) {
  Register();
  Enter(lifecycle::v1::HEALTHY);
  EXPECT_THAT(replies_["a"], ElementsAre(Outcome::OK));
  for (const auto phase : {lifecycle::v1::BEFORE_TERMINATE, lifecycle::v1::BEFORE_TERMINATE,
                           lifecycle::v1::TERMINATED, lifecycle::v1::TERMINATED}) {
    Enter(phase);
    loop_.Advance(absl::Seconds(1));
    EXPECT_THAT(replies_["a"], ElementsAre(Outcome::OK));
  }
  EXPECT_EQ(vaas_.Count("POST"), 1);
  EXPECT_EQ(vaas_.Count("DELETE"), 1);
}

TEST_F(RegistrarTest, ATaskWithoutTheLabelCostsVaasNothing) {
  facts_ = R"(labels { key: "consul" value: "web" })";
  State(lifecycle::v1::STARTED);
  for (const auto phase :
       {lifecycle::v1::HEALTHY, lifecycle::v1::BEFORE_TERMINATE, lifecycle::v1::TERMINATED}) {
    Enter(phase);
    EXPECT_THAT(replies_["a"], ElementsAre(Outcome::OK));
  }
  EXPECT_THAT(vaas_.requests, IsEmpty());
  EXPECT_EQ(loop_.timers(), 0u);
}

TEST_F(RegistrarTest, LabelsThatMakeNoSenseAreRefusedWithAReason) {
  facts_ = R"(labels { key: "director" value: "a b" })";
  Begin();
  EXPECT_THAT(replies_["a"], ElementsAre(Outcome::FAILED));
  EXPECT_THAT(last_.message, HasSubstr("a b"));
  Enter(lifecycle::v1::TERMINATED);
  EXPECT_THAT(replies_["a"], ElementsAre(Outcome::OK));
}

TEST_F(RegistrarTest, SeveralDirectorsEachGetTheirBackend) {
  facts_ = R"(labels { key: "director" value: "web,admin" })";
  Register();
  EXPECT_THAT(vaas_.Backends(), UnorderedElementsAre(kWeb, "admin:10.0.0.7:80 1"));
  EXPECT_EQ(last_.message, "added 2 to VaaS");
  Enter(lifecycle::v1::TERMINATED);
  loop_.Advance(absl::Seconds(1));
  EXPECT_THAT(vaas_.Backends(), IsEmpty());
  EXPECT_THAT(memory_.records, IsEmpty());
}

TEST_F(RegistrarTest, ADirectorThatVaasDoesNotHaveIsAFailureUntilSomebodyCreatesIt) {
  facts_ = R"(labels { key: "director" value: "new" })";
  Begin();
  EXPECT_THAT(replies_["a"], ElementsAre(Outcome::FAILED));
  EXPECT_THAT(last_.message, HasSubstr("VaaS has no director new"));
  vaas_.vaas.AddDirector("new", true);
  loop_.Advance(absl::Seconds(20));
  EXPECT_THAT(vaas_.vaas.backends(), SizeIs(1));
}

TEST_F(RegistrarTest, ADirectorThatWasCreatedAnewIsFoundByItsName) {
  Register();
  Enter(lifecycle::v1::BEFORE_TERMINATE);
  int answered = 0;
  // As if the id that we know were another one now.
  vaas_.instead = [&](const fake_vaas::Question& question) -> std::optional<fake_vaas::Reply> {
    if (question.method != "POST" || answered++ > 0) return std::nullopt;
    return fake_vaas::Reply{
        .status = 400,
        .body = R"({"error": "Could not find the provided director object via resource URI"})"};
  };
  State(lifecycle::v1::STARTED, "b");
  Enter(lifecycle::v1::HEALTHY, "b");
  loop_.Advance(absl::Seconds(2));
  EXPECT_THAT(replies_["b"].back(), Outcome::OK);
  EXPECT_EQ(vaas_.Count("GET /api/v0.1/director/"), 2);
}

TEST_F(RegistrarTest, IdsAreAskedForOnce) {
  for (int task = 0; task < 20; ++task) Supply("t" + std::to_string(task), 100 + task);
  EXPECT_EQ(vaas_.Count("GET /api/v0.1/director/"), 1);
  EXPECT_EQ(vaas_.Count("GET /api/v0.1/dc/"), 1);
  EXPECT_THAT(vaas_.Backends(), SizeIs(20));
}

TEST_F(RegistrarTest, AVaasThatWasAwayIsTriedAgainAndTheAnswerFollows) {
  vaas_.mood = Mood::kAway;
  Begin();
  EXPECT_THAT(replies_["a"], ElementsAre(Outcome::PENDING));
  loop_.Advance(absl::Minutes(5));
  EXPECT_THAT(replies_["a"], ElementsAre(Outcome::PENDING));
  EXPECT_GE(vaas_.Count(""), 300 / 15);
  EXPECT_LE(vaas_.Count(""), 300 / 15 + 20);
  vaas_.mood = Mood::kWell;
  loop_.Advance(absl::Seconds(20));
  EXPECT_THAT(replies_["a"], ElementsAre(Outcome::PENDING, Outcome::OK));
  EXPECT_THAT(vaas_.Backends(), ElementsAre(kWeb));
}

TEST_F(RegistrarTest, ATaskThatEndedWhileVaasWasAwayIsNeverAdded) {
  vaas_.mood = Mood::kAway;
  Begin();
  Enter(lifecycle::v1::TERMINATED, "a", absl::ZeroDuration());
  loop_.Advance(absl::Minutes(1));
  vaas_.mood = Mood::kWell;
  loop_.Advance(absl::Minutes(1));
  EXPECT_EQ(vaas_.Count("POST"), 0);
  EXPECT_THAT(memory_.records, IsEmpty());
}

TEST_F(RegistrarTest, ARemovalWaitsForVaasToComeBack) {
  Register();
  vaas_.mood = Mood::kAway;
  Enter(lifecycle::v1::BEFORE_TERMINATE, "a", absl::Seconds(2));
  EXPECT_THAT(replies_["a"], ElementsAre(Outcome::PENDING));
  Enter(lifecycle::v1::TERMINATED, "a", absl::ZeroDuration());
  loop_.Advance(absl::Minutes(10));
  EXPECT_THAT(memory_.records, SizeIs(1));
  vaas_.mood = Mood::kWell;
  loop_.Advance(absl::Seconds(20));
  EXPECT_THAT(vaas_.Backends(), IsEmpty());
  EXPECT_THAT(memory_.records, IsEmpty());
}

TEST_F(RegistrarTest, AnAdditionThatIsDoneButNotAnsweredIsFoundNotRepeated) {
  for (const Mood mood : {Mood::kSwallows, Mood::kFails}) {
    vaas_.requests.clear();
    vaas_.mood_of_changes = mood;
    Begin();
    loop_.Advance(absl::Seconds(11));
    EXPECT_EQ(replies_["a"].front(), Outcome::PENDING);
    EXPECT_EQ(replies_["a"].back(), Outcome::OK);
    EXPECT_EQ(vaas_.Count("POST"), 1);
    EXPECT_THAT(vaas_.Backends(), ElementsAre(kWeb));
    vaas_.mood_of_changes = Mood::kWell;
    Enter(lifecycle::v1::TERMINATED);
    loop_.Advance(absl::Minutes(1));
    EXPECT_THAT(vaas_.Backends(), IsEmpty());
    EXPECT_THAT(memory_.records, IsEmpty());
  }
}

TEST_F(RegistrarTest, ARemovalThatIsDoneButNotAnsweredIsLookedUpNotRepeated) {
  for (const Mood mood : {Mood::kSwallows, Mood::kFails}) {
    Register();
    vaas_.requests.clear();
    vaas_.mood_of_changes = mood;
    Enter(lifecycle::v1::TERMINATED);
    loop_.Advance(absl::Seconds(20));
    EXPECT_EQ(vaas_.Count("DELETE"), 1);
    EXPECT_EQ(vaas_.Count("GET /api/v0.1/backend/?director=2"), 1);
    EXPECT_THAT(memory_.records, IsEmpty());
    vaas_.mood_of_changes = Mood::kWell;
  }
}

TEST_F(RegistrarTest, AnUnansweredAdditionThatComesLateIsRemoved) {
  vaas_.mood_of_changes = Mood::kSilent;
  Begin();
  Enter(lifecycle::v1::TERMINATED);
  loop_.Advance(absl::Seconds(15));
  EXPECT_THAT(replies_["a"], ElementsAre(Outcome::PENDING));
  // Only now VaaS carries out what it was sent.
  vaas_.mood_of_changes = Mood::kWell;
  vaas_.vaas.Answer({.method = "POST",
                     .target = "/api/v0.1/backend/",
                     .authorization = "ApiKey user:key",
                     .content_type = "application/json",
                     .body = R"({"address": "10.0.0.7", "port": 80, "dc": "/api/v0.1/dc/1/",
                                 "director": "/api/v0.1/director/2/"})"});
  ASSERT_THAT(vaas_.Backends(), SizeIs(1));
  EXPECT_THAT(memory_.records, SizeIs(1));
  loop_.Advance(BackendKeeper::kLateAddition);
  EXPECT_THAT(vaas_.Backends(), IsEmpty());
  EXPECT_THAT(replies_["a"], ElementsAre(Outcome::PENDING, Outcome::OK));
  EXPECT_THAT(memory_.records, IsEmpty());
}

TEST_F(RegistrarTest, ADuplicateIsAdopted) {
  vaas_.vaas.Answer({.method = "POST",
                     .target = "/api/v0.1/backend/",
                     .authorization = "ApiKey user:key",
                     .content_type = "application/json",
                     .body = R"({"address": "10.0.0.7", "port": 80, "dc": "/api/v0.1/dc/1/",
                                 "director": "/api/v0.1/director/2/"})"});
  Register();
  EXPECT_THAT(vaas_.Backends(), ElementsAre(kWeb));
  Enter(lifecycle::v1::TERMINATED);
  loop_.Advance(absl::Seconds(1));
  EXPECT_THAT(vaas_.Backends(), IsEmpty());
}

TEST_F(RegistrarTest, APortThatIsUsedAgainIsNotTakenFromItsNewTask) {
  Register("old");
  vaas_.mood = Mood::kAway;
  Enter(lifecycle::v1::TERMINATED, "old");
  Begin("new");
  loop_.Advance(absl::Minutes(1));
  vaas_.mood = Mood::kWell;
  loop_.Advance(absl::Minutes(1));
  EXPECT_THAT(vaas_.Backends(), ElementsAre(kWeb));
  EXPECT_EQ(replies_["new"].back(), Outcome::OK);
  EXPECT_EQ(replies_["old"].back(), Outcome::OK);
  EXPECT_FALSE(memory_.records.contains("old"));
  // Also when the word of its end comes again.
  registrar_->Undo(Key("old"));
  loop_.Advance(absl::Minutes(1));
  EXPECT_THAT(vaas_.Backends(), ElementsAre(kWeb));
  Enter(lifecycle::v1::TERMINATED, "new");
  loop_.Advance(absl::Seconds(1));
  EXPECT_THAT(vaas_.Backends(), IsEmpty());
}

TEST_F(RegistrarTest, ARowThatSomebodyRemovedComesBack) {
  Register();
  vaas_.vaas.RemoveBackend(4);
  loop_.Advance(Comparison::kEvery + absl::Seconds(5));
  EXPECT_THAT(vaas_.Backends(), ElementsAre(kWeb));
  EXPECT_THAT(memory_.records["a"], HasSubstr("\"id\":5"));
  const int posts = vaas_.Count("POST");
  loop_.Advance(absl::Minutes(10));
  EXPECT_EQ(vaas_.Count("POST"), posts);
  // One list a minute, however many tasks there are.
  EXPECT_EQ(vaas_.Count("GET /api/v0.1/backend/?address=10.0.0.7&limit=1000&offset=0"), 11);
}

TEST_F(RegistrarTest, AKilledSidecarFindsWhatItHadAdded) {
  Register();
  vaas_.requests.clear();
  Restart();
  State(lifecycle::v1::HEALTHY);
  Enter(lifecycle::v1::HEALTHY);
  EXPECT_THAT(replies_["a"], ElementsAre(Outcome::OK));
  EXPECT_EQ(vaas_.Count("POST"), 0);
  EXPECT_EQ(vaas_.Count("GET /api/v0.1/backend/?director=2"), 1);
  Enter(lifecycle::v1::TERMINATED);
  loop_.Advance(absl::Seconds(1));
  EXPECT_THAT(vaas_.Backends(), IsEmpty());
}

TEST_F(RegistrarTest, ASidecarWithoutAJournalFindsWhatItHadAdded) {
  Register();
  Start();
  State(lifecycle::v1::BEFORE_TERMINATE);
  Enter(lifecycle::v1::BEFORE_TERMINATE);
  loop_.Advance(absl::Seconds(1));
  EXPECT_THAT(replies_["a"], ElementsAre(Outcome::OK));
  EXPECT_THAT(vaas_.Backends(), IsEmpty());
}

TEST_F(RegistrarTest, ASidecarKilledBetweenAdditionAndAnswerLeavesNothingBehind) {
  vaas_.mood_of_changes = Mood::kSwallows;
  Begin();
  ASSERT_THAT(vaas_.Backends(), ElementsAre(kWeb));
  vaas_.mood_of_changes = Mood::kWell;
  Restart();
  loop_.Advance(absl::Minutes(1));
  EXPECT_THAT(vaas_.Backends(), ElementsAre(kWeb)) << "its task may still live";
  registrar_->Undo(Key("a"));
  loop_.Advance(absl::Seconds(1));
  EXPECT_THAT(vaas_.Backends(), IsEmpty());
  EXPECT_THAT(memory_.records, IsEmpty());
}

TEST_F(RegistrarTest, ARecordThatIsNotReadableIsForgottenWithItsTask) {
  memory_.records["a"] = "nonsense";
  Restart();
  registrar_->Undo(Key("a"));
  loop_.Advance(absl::Seconds(1));
  EXPECT_THAT(memory_.records, IsEmpty());
  EXPECT_THAT(vaas_.requests, IsEmpty());
}

TEST_F(RegistrarTest, ATaskThatVarnishDoesNotTakeIsInVaasAllTheSame) {
  vaas_.vaas.set_reload(fake_vaas::Reload::kFails);
  Register();
  EXPECT_THAT(vaas_.Backends(), ElementsAre(kWeb));
  EXPECT_THAT(last_.message, HasSubstr("Varnish did not take it"));
}

TEST_F(RegistrarTest, ATaskThatStaysPendingIsFollowedForSoLongAndThenLookedUp) {
  vaas_.vaas.set_reload(fake_vaas::Reload::kWorkerDown);
  Begin();
  loop_.Advance(absl::Seconds(80));
  EXPECT_THAT(replies_["a"], ElementsAre(Outcome::PENDING));
  EXPECT_EQ(vaas_.Count("GET /api/v0.1/backend/?director"), 0);
  loop_.Advance(absl::Seconds(20));
  EXPECT_THAT(replies_["a"], ElementsAre(Outcome::PENDING, Outcome::OK));
  EXPECT_EQ(vaas_.Count("GET /api/v0.1/backend/?director"), 1);
  EXPECT_LE(vaas_.Count("GET /api/v0.1/task/"), 15);
}

TEST_F(RegistrarTest, WrongCredentialsAreAFailureThatIsTriedAgain) {
  vaas_.mood = Mood::kRefuses;
  Begin();
  EXPECT_THAT(replies_["a"], ElementsAre(Outcome::FAILED));
  EXPECT_THAT(last_.message, AllOf(HasSubstr("VAAS_TOKEN"), Not(HasSubstr("key"))));
  vaas_.mood = Mood::kWell;
  loop_.Advance(absl::Seconds(16));
  EXPECT_THAT(vaas_.Backends(), ElementsAre(kWeb));
}

TEST_F(RegistrarTest, ARefusedBackendIsAFailureThatIsNotTriedAgain) {
  vaas_.instead = [](const fake_vaas::Question& question) -> std::optional<fake_vaas::Reply> {
    if (question.method != "POST") return std::nullopt;
    return fake_vaas::Reply{.status = 400, .body = R"({"backend": {"port": ["Too big."]}})"};
  };
  Begin();
  EXPECT_THAT(replies_["a"], ElementsAre(Outcome::FAILED));
  EXPECT_THAT(last_.message, HasSubstr("Too big."));
  loop_.Advance(absl::Hours(1));
  EXPECT_EQ(vaas_.Count("POST"), 1);
  Enter(lifecycle::v1::TERMINATED);
  EXPECT_THAT(replies_["a"], ElementsAre(Outcome::OK));
}

TEST_F(RegistrarTest, TheWeightRisesOverTheTimeOfItsLabel) {
  facts_ += R"(labels { key: "weight:20" value: "tag" }
               labels { key: "executor-weight-ramp" value: "100s" })";
  Register();
  EXPECT_THAT(vaas_.Backends(), ElementsAre(kWeb));
  loop_.Advance(absl::Seconds(11));
  EXPECT_THAT(vaas_.Backends(), ElementsAre("web:10.0.0.7:80 2"));
  loop_.Advance(absl::Seconds(45));
  EXPECT_THAT(vaas_.Backends(), ElementsAre("web:10.0.0.7:80 10"));
  // Another process goes on where this one stopped.
  Restart();
  State(lifecycle::v1::HEALTHY);
  loop_.Advance(absl::Seconds(2));
  EXPECT_THAT(vaas_.Backends(), ElementsAre("web:10.0.0.7:80 10"));
  loop_.Advance(absl::Minutes(2));
  EXPECT_THAT(vaas_.Backends(), ElementsAre("web:10.0.0.7:80 20"));
  EXPECT_EQ(vaas_.Count("PATCH"), 10);
  Enter(lifecycle::v1::BEFORE_TERMINATE);
  loop_.Advance(absl::Minutes(2));
  EXPECT_THAT(vaas_.Backends(), IsEmpty());
}

TEST_F(RegistrarTest, AVaasThatDoesNotChangeWeightsIsAskedOnce) {
  facts_ += R"(labels { key: "weight:20" value: "tag" }
               labels { key: "executor-weight-ramp" value: "100s" })";
  vaas_.instead = [](const fake_vaas::Question& question) -> std::optional<fake_vaas::Reply> {
    if (question.method != "PATCH") return std::nullopt;
    return fake_vaas::Reply{.status = 405};
  };
  Register();
  loop_.Advance(absl::Minutes(10));
  EXPECT_EQ(vaas_.Count("PATCH"), 1);
  EXPECT_THAT(vaas_.Backends(), ElementsAre(kWeb));
}

TEST_F(RegistrarTest, TheDrainDelayIsHeldAfterARemoval) {
  facts_ += R"(labels { key: "executor-drain-delay" value: "7s" })";
  Register();
  EXPECT_EQ(last_.hold, absl::ZeroDuration());
  Enter(lifecycle::v1::BEFORE_TERMINATE);
  loop_.Advance(absl::Seconds(1));
  EXPECT_EQ(last_.hold, absl::Seconds(7));

  // A task that was never added has nothing to drain.
  State(lifecycle::v1::STARTED, "b");
  Enter(lifecycle::v1::BEFORE_TERMINATE, "b");
  EXPECT_THAT(replies_["b"], ElementsAre(Outcome::OK));
  EXPECT_EQ(last_.hold, absl::ZeroDuration());
}

TEST_F(RegistrarTest, IdleIsWhenNothingIsLeftToUndo) {
  bool idle = false;
  registrar_->WhenIdle([&] { idle = true; });
  EXPECT_TRUE(idle);
  Register();
  vaas_.mood = Mood::kAway;
  registrar_->Undo(Key("a"));
  idle = false;
  registrar_->WhenIdle([&] { idle = true; });
  loop_.Advance(absl::Seconds(5));
  EXPECT_FALSE(idle);
  vaas_.mood = Mood::kWell;
  loop_.Advance(absl::Seconds(15));
  EXPECT_TRUE(idle);
}

// What the sidecar is for: nobody waits for VaaS.
TEST_F(RegistrarTest, AThousandTasksAndASlowVaasLetEveryKillThroughAtItsDeadline) {
  constexpr int kTasks = 1000;
  vaas_.delay = absl::Seconds(30);
  for (int task = 0; task < kTasks; ++task) {
    port_ = static_cast<uint16_t>(1000 + task);
    const std::string id = "t" + std::to_string(task);
    State(lifecycle::v1::STARTED, id);
    registrar_->OnPhase(Key(id), {.phase = lifecycle::v1::HEALTHY}, absl::Seconds(10),
                        [](const Reply&) {});
  }
  loop_.Advance(absl::Seconds(45));
  std::map<int, absl::Time> answered;
  const absl::Time asked = loop_.Now();
  for (int task = 0; task < kTasks; ++task) {
    registrar_->OnPhase(Key("t" + std::to_string(task)), {.phase = lifecycle::v1::BEFORE_TERMINATE},
                        absl::Seconds(2),
                        [&, task](const Reply&) { answered.emplace(task, loop_.Now()); });
  }
  loop_.Advance(absl::Seconds(2));
  EXPECT_THAT(answered, SizeIs(kTasks));
  for (const auto& [task, when] : answered) EXPECT_LE(when - asked, absl::Seconds(2));
  EXPECT_LE(vaas_.most_open, Registrar::kPlaces.all);

  // And VaaS has none of them, once it is well again.
  for (int task = 0; task < kTasks; ++task) {
    registrar_->OnPhase(Key("t" + std::to_string(task)), {.phase = lifecycle::v1::TERMINATED},
                        absl::ZeroDuration(), [](const Reply&) {});
  }
  vaas_.delay = absl::ZeroDuration();
  loop_.Advance(absl::Minutes(5));
  EXPECT_THAT(vaas_.Backends(), IsEmpty());
  EXPECT_THAT(memory_.records, IsEmpty());
  EXPECT_EQ(vaas_.open, 0);
}

}  // namespace
}  // namespace mesos_executor::vaas
