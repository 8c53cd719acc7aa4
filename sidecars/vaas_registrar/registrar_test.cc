// A task's life, with a VaaS that is well.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "sidecars/vaas_registrar/registrar_fixture.h"

namespace mesos_executor::vaas {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;
using Mood = ScriptedVaas::Mood;
using Outcome = lifecycle::v1::Answer;

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
  for (int task = 0; task < 20; ++task) RegisterAt("t" + std::to_string(task), 100 + task);
  EXPECT_EQ(vaas_.Count("GET /api/v0.1/director/"), 1);
  EXPECT_EQ(vaas_.Count("GET /api/v0.1/dc/"), 1);
  EXPECT_THAT(vaas_.Backends(), SizeIs(20));
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

TEST_F(RegistrarTest, ATaskThatVaasRefusedHasNothingToDrain) {
  facts_ += R"(labels { key: "executor-drain-delay" value: "7s" })";
  vaas_.instead = [](const fake_vaas::Question& question) -> std::optional<fake_vaas::Reply> {
    if (question.method != "POST") return std::nullopt;
    return fake_vaas::Reply{.status = 400, .body = R"({"backend": {"port": ["Too big."]}})"};
  };
  Begin();
  Enter(lifecycle::v1::BEFORE_TERMINATE);
  EXPECT_THAT(replies_["a"], ElementsAre(Outcome::OK));
  EXPECT_EQ(last_.hold, absl::ZeroDuration());
}

TEST_F(RegistrarTest, ARefusalOnTheWayToVaasIsAFailureThatIsTriedAgainLater) {
  bool deploying = true;
  vaas_.instead = [&](const fake_vaas::Question& question) -> std::optional<fake_vaas::Reply> {
    if (question.method != "POST" || !deploying) return std::nullopt;
    return fake_vaas::Reply{.status = 404, .body = "no route"};
  };
  Begin();
  EXPECT_THAT(replies_["a"], ElementsAre(Outcome::FAILED));
  EXPECT_THAT(last_.message, HasSubstr("no route"));
  loop_.Advance(absl::Minutes(1));
  EXPECT_EQ(vaas_.Count("POST"), 1);
  loop_.Advance(absl::Minutes(20));
  EXPECT_EQ(vaas_.Count("POST"), 5);
  deploying = false;
  loop_.Advance(BackendKeeper::kRefused);
  EXPECT_THAT(vaas_.Backends(), ElementsAre(kWeb));
}

TEST_F(RegistrarTest, TheDrainDelayIsHeldAfterARemoval) {
  facts_ += R"(labels { key: "executor-drain-delay" value: "7s" })";
  Register();
  EXPECT_EQ(last_.hold, absl::ZeroDuration());
  Enter(lifecycle::v1::BEFORE_TERMINATE);
  loop_.Advance(absl::Seconds(1));
  EXPECT_EQ(last_.hold, absl::Seconds(7));

  // Counted from the removal, and not once more when the task is gone.
  loop_.Advance(absl::Seconds(3));
  Enter(lifecycle::v1::BEFORE_TERMINATE);
  EXPECT_GT(last_.hold, absl::Seconds(3));
  EXPECT_LT(last_.hold, absl::Seconds(4.5));
  Enter(lifecycle::v1::TERMINATED);
  EXPECT_EQ(last_.hold, absl::ZeroDuration());

  // A task that was never added has nothing to drain.
  State(lifecycle::v1::STARTED, "b");
  Enter(lifecycle::v1::BEFORE_TERMINATE, "b");
  EXPECT_THAT(replies_["b"], ElementsAre(Outcome::OK));
  EXPECT_EQ(last_.hold, absl::ZeroDuration());
}

}  // namespace
}  // namespace mesos_executor::vaas
