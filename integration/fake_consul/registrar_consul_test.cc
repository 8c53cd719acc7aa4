// The registrar, its client and the HTTP client, on real sockets: against the stand-in, and against
// the real Consul.
#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "integration/fake_consul/ask.h"
#include "integration/fake_consul/fake_consul.h"
#include "integration/fake_consul/real_consul.h"
#include "sidecars/consul_registrar/registrar.h"
#include "supervisor/base/http_client.h"

namespace mesos_executor::consul {
namespace {

using fake_consul::AskConsul;
using fake_consul::FakeConsul;
using fake_consul::RealConsul;
using lifecycle::v1::Answer;
using nlohmann::json;
using sidecar::TaskKey;

constexpr char kToken[] = "11111111-1111-1111-1111-111111111111";
constexpr char kService[] = "a.1_web_80";

class NoMemory final : public sidecar::Memory {
 public:
  void Remember(const TaskKey& key, const std::string& record) override {}
  void Forget(const TaskKey& key) override {}
};

class RegistrarConsulTest : public ::testing::TestWithParam<bool> {
 protected:
  void StartConsul(const std::string& token) {
    if (!GetParam()) {
      fake_ = std::make_unique<FakeConsul>(token);
      port_ = fake_->port();
    } else if (fake_consul::ConsulBinary().empty()) {
      GTEST_SKIP() << "no Consul: set CONSUL_BIN to its path";
    } else {
      auto real = RealConsul::Start(fake_consul::ConsulBinary(), token);
      ASSERT_TRUE(real.ok()) << real.status();
      real_ = *std::move(real);
      port_ = real_->port();
    }
    StartRegistrar(token);
  }

  void StartRegistrar(const std::string& token) {
    registrar_.reset();
    registrar_ = std::make_unique<Registrar>(
        &loop_,
        std::make_unique<Client>(ConsulSettings{.host = "localhost", .port = port_, .token = token},
                                 NewHttpClient(&loop_), sidecar::NewResolver(&loop_)),
        &memory_, [] { return 0.5; });
  }

  void StopConsul() { real_ != nullptr ? real_->Stop() : fake_->Stop(); }
  void StartConsulEmpty() {
    if (real_ != nullptr) {
      ASSERT_TRUE(real_->StartEmpty().ok());
    } else {
      fake_->StartEmpty();
    }
  }

  // What the agent itself says that it holds.
  json Service(const std::string& id) {
    const auto answer = AskConsul(port_, {"GET", "/v1/agent/service/" + id, kToken, ""});
    if (!answer.ok() || answer->status != 200) return nullptr;
    return json::parse(answer->body);
  }

  // Runs the loop until `done`.
  void Await(const std::function<bool()>& done) {
    const absl::Time end = loop_.Now() + absl::Seconds(60);
    std::unique_ptr<Pending> timer;
    std::function<void()> look = [&] {
      if (done() || loop_.Now() > end) {
        loop_.Stop();
      } else {
        timer = loop_.After(absl::Milliseconds(10), [&] { look(); });
      }
    };
    look();
    loop_.io_context().restart();
    if (!done()) loop_.Run();
    ASSERT_TRUE(done()) << "nothing happened within a minute";
  }

  void State(lifecycle::v1::Phase phase) {
    lifecycle::v1::Attach attach;
    attach.set_incarnation("incarnation");
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
        R"(framework_id: "f" executor_id: "e" task_id: "a.1" address: "127.0.0.1"
           ports { number: 80 } labels { key: "consul" value: "web" } labels { key: "t" value: "tag" }
           labels { key: "t" value: "tag" }
           health_check { tcp { port: 80 } interval { seconds: 3600 } timeout { seconds: 1 } })",
        attach.mutable_task()));
    registrar_->OnState(kKey, attach, {.phase = phase, .health = lifecycle::v1::HEALTH_HEALTHY});
  }

  // Enters the phase and returns the first answer.
  sidecar::Reply Enter(lifecycle::v1::Phase phase, absl::Duration deadline = absl::Seconds(30)) {
    // Shared, as it may be answered again after this function has returned.
    const auto first = std::make_shared<std::optional<sidecar::Reply>>();
    registrar_->OnPhase(kKey, {.phase = phase, .health = lifecycle::v1::HEALTH_HEALTHY}, deadline,
                        [first](sidecar::Reply reply) {
                          if (!first->has_value()) *first = std::move(reply);
                        });
    Await([&] { return first->has_value(); });
    return first->value_or(sidecar::Reply());
  }

  const TaskKey kKey{.uid = 0, .framework_id = "f", .executor_id = "e", .task_id = "a.1"};
  std::unique_ptr<FakeConsul> fake_;
  std::unique_ptr<RealConsul> real_;
  uint16_t port_ = 0;
  AsioEventLoop loop_;
  NoMemory memory_;
  std::unique_ptr<Registrar> registrar_;
};

TEST_P(RegistrarConsulTest, RegistersAndDeregisters) {
  StartConsul("");
  if (IsSkipped()) return;
  State(lifecycle::v1::STARTED);
  EXPECT_EQ(Enter(lifecycle::v1::HEALTHY).outcome, Answer::OK);
  const json service = Service(kService);
  EXPECT_EQ(service["Service"], "web");
  EXPECT_EQ(service["Tags"], json({"t", "t", "marathon"}));
  EXPECT_EQ(service["Meta"]["mesos_task_id"], "a.1");
  EXPECT_EQ(service["Port"], 80);
  EXPECT_EQ(Enter(lifecycle::v1::BEFORE_TERMINATE).outcome, Answer::OK);
  EXPECT_TRUE(Service(kService).is_null());
  EXPECT_EQ(Enter(lifecycle::v1::TERMINATED).outcome, Answer::OK);
}

TEST_P(RegistrarConsulTest, WhatIsThereIsRecognisedAndLeftAlone) {
  StartConsul("");
  if (IsSkipped()) return;
  State(lifecycle::v1::STARTED);
  ASSERT_EQ(Enter(lifecycle::v1::HEALTHY).outcome, Answer::OK);
  StartRegistrar("");
  State(lifecycle::v1::HEALTHY);
  // The answer comes after the look, which found nothing to do.
  EXPECT_EQ(Enter(lifecycle::v1::HEALTHY).outcome, Answer::OK);
  if (fake_ != nullptr) {
    EXPECT_THAT(fake_->Requests(),
                ::testing::ElementsAre("PUT /v1/agent/service/register", "GET /v1/agent/services"));
  }
}

TEST_P(RegistrarConsulTest, AConsulThatComesBackEmptyIsFilledAgainAtTheNextLook) {
  StartConsul("");
  if (IsSkipped()) return;
  State(lifecycle::v1::STARTED);
  ASSERT_EQ(Enter(lifecycle::v1::HEALTHY).outcome, Answer::OK);
  StopConsul();
  EXPECT_EQ(Enter(lifecycle::v1::HEALTHY).outcome, Answer::OK);
  StartConsulEmpty();
  State(lifecycle::v1::HEALTHY);
  Await([&] { return !Service(kService).is_null(); });
}

TEST_P(RegistrarConsulTest, TokensAreUsedAndARefusalIsTold) {
  StartConsul(kToken);
  if (IsSkipped()) return;
  State(lifecycle::v1::STARTED);
  EXPECT_EQ(Enter(lifecycle::v1::HEALTHY).outcome, Answer::OK);
  EXPECT_FALSE(Service(kService).is_null());
  EXPECT_EQ(Enter(lifecycle::v1::BEFORE_TERMINATE).outcome, Answer::OK);
  // Again, of what is gone: Consul says 500, which means done.
  State(lifecycle::v1::BEFORE_TERMINATE);
  EXPECT_EQ(Enter(lifecycle::v1::TERMINATED).outcome, Answer::OK);

  StartRegistrar("wrong");
  State(lifecycle::v1::STARTED);
  const auto refused = Enter(lifecycle::v1::HEALTHY);
  EXPECT_EQ(refused.outcome, Answer::FAILED);
  EXPECT_NE(refused.message.find("ACL not found"), std::string::npos) << refused.message;
  EXPECT_EQ(refused.message.find("wrong"), std::string::npos);

  StartRegistrar("");
  State(lifecycle::v1::STARTED);
  EXPECT_NE(Enter(lifecycle::v1::HEALTHY).message.find("Missing service:write on web"),
            std::string::npos);
}

class FrozenConsulTest : public RegistrarConsulTest {};

TEST_P(FrozenConsulTest, AKillIsAnsweredByItsDeadlineAndTheRegistrationIsGoneAfterwards) {
  StartConsul("");
  if (IsSkipped()) return;
  real_->Freeze();
  State(lifecycle::v1::STARTED);
  EXPECT_EQ(Enter(lifecycle::v1::HEALTHY, absl::Milliseconds(100)).outcome, Answer::PENDING);
  EXPECT_EQ(Enter(lifecycle::v1::BEFORE_TERMINATE, absl::Milliseconds(100)).outcome,
            Answer::PENDING);
  // Consul now carries out the registration that it was sent before.
  real_->Thaw();
  EXPECT_EQ(Enter(lifecycle::v1::BEFORE_TERMINATE).outcome, Answer::OK);
  EXPECT_TRUE(Service(kService).is_null());
}

INSTANTIATE_TEST_SUITE_P(Real, FrozenConsulTest, ::testing::Values(true),
                         [](const auto&) { return "Real"; });
INSTANTIATE_TEST_SUITE_P(Both, RegistrarConsulTest, ::testing::Bool(), [](const auto& info) {
  return std::string(info.param ? "Real" : "Fake");
});

}  // namespace
}  // namespace mesos_executor::consul
