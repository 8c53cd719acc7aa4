// The registrar, its client and the HTTP client, on real sockets: against the stand-in, and against
// the real Consul.
#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <string>

#include "integration/fake_consul/ask.h"
#include "integration/fake_consul/fake_consul.h"
#include "integration/fake_consul/real_consul.h"
#include "sidecars/consul_registrar/open_client.h"
#include "sidecars/consul_registrar/registrar.h"
#include "supervisor/base/test_certificates.h"
#include "supervisor/base/tls_front.h"
#include "supervisor/event_loop/asio_event_loop.h"

namespace mesos_executor::consul {
namespace {

using fake_consul::AskConsul;
using fake_consul::FakeConsul;
using fake_consul::RealConsul;
using lifecycle::v1::Answer;
using nlohmann::json;
using sidecar::TaskKey;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kToken[] = "11111111-1111-1111-1111-111111111111";
constexpr char kService[] = "a.1_web_80";

// Remembers for one task.
class OneMemory final : public sidecar::Memory {
 public:
  void Remember(const TaskKey& key, const std::string& text) override { record = text; }
  void Forget(const TaskKey& key) override { record.clear(); }
  std::string record;
};

enum class Way { kPlain, kTls, kUnixSocket };

struct Kind {
  bool real;
  Way way = Way::kPlain;
};
std::string NameOf(const ::testing::TestParamInfo<Kind>& info) {
  const char* const kWays[] = {"", "OverTls", "OverAUnixSocket"};
  return std::string(info.param.real ? "Real" : "Fake") + kWays[static_cast<int>(info.param.way)];
}
void PrintTo(const Kind& kind, std::ostream* out) { *out << (kind.real ? "real" : "fake"); }

class RegistrarConsulTest : public ::testing::TestWithParam<Kind> {
 protected:
  void StartConsul(const std::string& token) {
    if (!GetParam().real) {
      fake_ = std::make_unique<FakeConsul>(token);
      port_ = fake_->port();
    } else if (fake_consul::ConsulBinary().empty()) {
      GTEST_SKIP() << "no Consul: set CONSUL_BIN to its path";
    } else {
      auto real =
          RealConsul::Start(fake_consul::ConsulBinary(), {.token = token,
                                                          .certificate_file = server_.certificate,
                                                          .key_file = server_.key,
                                                          .ca_file = certificates_.ca_file()});
      ASSERT_TRUE(real.ok()) << real.status();
      real_ = *std::move(real);
      port_ = real_->port();
    }
    StartRegistrar(token);
  }

  // Where the registrar finds Consul, and whom it believes.
  ConsulSettings Settings(const std::string& token) {
    ConsulSettings settings;
    settings.token = token;
    settings.address.host = "localhost";
    settings.address.port = port_;
    if (GetParam().way == Way::kUnixSocket) settings.address.socket = real_->socket();
    if (GetParam().way == Way::kTls) {
      settings.address.tls = true;
      settings.address.port = TlsPort();
      settings.tls.ca_file = certificates_.ca_file();
      settings.tls.certificate_file = client_.certificate;
      settings.tls.key_file = client_.key;
    }
    return settings;
  }

  void StartRegistrar(const std::string& token) {
    registrar_.reset();
    auto client = OpenClient(Settings(token), &loop_, &metrics_);
    ASSERT_TRUE(client.ok()) << client.status();
    registrar_ = std::make_unique<Registrar>(Registrar::Parts{.loop = &loop_,
                                                              .client = *std::move(client),
                                                              .memory = &memory_,
                                                              .metrics = &metrics_,
                                                              .random = [] { return 0.5; }});
  }

  void StopConsul() { real_ != nullptr ? real_->Stop() : fake_->Stop(); }
  void StartConsulEmpty() {
    if (real_ != nullptr) {
      ASSERT_TRUE(real_->StartEmpty().ok());
    } else {
      fake_->StartEmpty();
    }
  }

  // What the agent itself says that it holds; null where it is not there.
  json Get(const std::string& target) {
    const auto answer = AskConsul(port_, {"GET", target, kToken, ""});
    if (!answer.ok() || answer->status != 200) return nullptr;
    return json::parse(answer->body);
  }
  json Service(const std::string& id) { return Get("/v1/agent/service/" + id); }
  std::string CheckStatus(const std::string& id) {
    const json checks = Get("/v1/agent/checks");
    const std::string check = "service:" + id;
    return checks.contains(check) ? checks[check].value("Status", "") : "no check";
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
           labels { key: "t" value: "tag" })",
        attach.mutable_task()));
    ASSERT_TRUE(
        google::protobuf::TextFormat::MergeFromString(health_check_, attach.mutable_task()));
    registrar_->OnState(kKey, attach, {.phase = phase, .health = lifecycle::v1::HEALTH_HEALTHY});
  }

  // Enters the phase and returns the first answer.
  sidecar::Reply Enter(lifecycle::v1::Phase phase, absl::Duration deadline = absl::Seconds(30)) {
    // Shared, as it may be answered again after this function has returned.
    const auto first = std::make_shared<std::optional<sidecar::Reply>>();
    const bool sick = phase == lifecycle::v1::UNHEALTHY;
    registrar_->OnPhase(
        kKey,
        {.phase = phase,
         .health = sick ? lifecycle::v1::HEALTH_UNHEALTHY : lifecycle::v1::HEALTH_HEALTHY},
        deadline, [first](sidecar::Reply reply) {
          if (!first->has_value()) *first = std::move(reply);
        });
    Await([&] { return first->has_value(); });
    return first->value_or(sidecar::Reply());
  }

  const TaskKey kKey{.uid = 0, .framework_id = "f", .executor_id = "e", .task_id = "a.1"};
  std::string health_check_ =
      "health_check { tcp { port: 80 } interval { seconds: 3600 } timeout { seconds: 1 } }";
  TestCertificates certificates_;
  const TestCertificates::Files server_ = certificates_.Issue({.alternatives = "DNS:localhost"});
  const TestCertificates::Files client_ = certificates_.Issue({});
  std::unique_ptr<FakeConsul> fake_;
  std::unique_ptr<RealConsul> real_;
  uint16_t port_ = 0;
  AsioEventLoop loop_;
  std::unique_ptr<TlsFront> front_;
  OneMemory memory_;
  sidecar::Metrics metrics_;
  std::unique_ptr<Registrar> registrar_;

 private:
  // The stand-in has no TLS of its own.
  uint16_t TlsPort() {
    if (real_ != nullptr) return real_->https_port();
    if (front_ == nullptr) {
      auto front = TlsFront::Listen(&loop_,
                                    {.certificate_file = server_.certificate,
                                     .key_file = server_.key,
                                     .client_ca_file = certificates_.ca_file()},
                                    TcpEndpoint{"127.0.0.1", port_});
      EXPECT_TRUE(front.ok()) << front.status();
      front_ = *std::move(front);
    }
    return front_->port();
  }
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
  EXPECT_THAT(refused.message, HasSubstr("ACL not found"));
  EXPECT_THAT(refused.message, Not(HasSubstr("wrong")));

  StartRegistrar("");
  State(lifecycle::v1::STARTED);
  EXPECT_THAT(Enter(lifecycle::v1::HEALTHY).message, HasSubstr("Missing service:write on web"));
}

INSTANTIATE_TEST_SUITE_P(Ways, RegistrarConsulTest,
                         ::testing::Values(Kind{.real = false}, Kind{.real = true},
                                           Kind{.real = false, .way = Way::kTls},
                                           Kind{.real = true, .way = Way::kTls},
                                           Kind{.real = true, .way = Way::kUnixSocket}),
                         NameOf);

// The way doesn't matter here.
class RegistrarRecoveryConsulTest : public RegistrarConsulTest {};

TEST_P(RegistrarRecoveryConsulTest, WhatIsThereIsRecognisedAndLeftAlone) {
  StartConsul("");
  if (IsSkipped()) return;
  State(lifecycle::v1::STARTED);
  ASSERT_EQ(Enter(lifecycle::v1::HEALTHY).outcome, Answer::OK);
  StartRegistrar("");
  State(lifecycle::v1::HEALTHY);
  // The answer comes after the look, which found nothing to do.
  EXPECT_EQ(Enter(lifecycle::v1::HEALTHY).outcome, Answer::OK);
  if (fake_ != nullptr) {
    EXPECT_THAT(fake_->Requests(), ElementsAre("PUT /v1/agent/service/register",
                                               "GET /v1/agent/services", "GET /v1/agent/checks"));
  }
}

TEST_P(RegistrarRecoveryConsulTest, AConsulThatComesBackEmptyIsFilledAgainAtTheNextLook) {
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

// As the runtime does with the journal's entries of another boot.
TEST_P(RegistrarRecoveryConsulTest, WhatDiedWithTheHostIsRemovedFromTheRecordAlone) {
  StartConsul(kToken);
  if (IsSkipped()) return;
  State(lifecycle::v1::STARTED);
  ASSERT_EQ(Enter(lifecycle::v1::HEALTHY).outcome, Answer::OK);
  const std::string record = memory_.record;
  StartRegistrar(kToken);
  registrar_->OnRecovered(kKey, record);
  registrar_->Undo(kKey);
  Await([&] { return memory_.record.empty(); });
  EXPECT_TRUE(Service(kService).is_null());
}

TEST_P(RegistrarRecoveryConsulTest, HealthIsPassedOnWhereConsulCannotCheck) {
  health_check_ = "health_check { interval { seconds: 1 } }";
  StartConsul("");
  if (IsSkipped()) return;
  State(lifecycle::v1::STARTED);
  ASSERT_EQ(Enter(lifecycle::v1::HEALTHY).outcome, Answer::OK);
  EXPECT_EQ(CheckStatus(kService), "passing");
  ASSERT_EQ(Enter(lifecycle::v1::UNHEALTHY).outcome, Answer::OK);
  EXPECT_EQ(CheckStatus(kService), "critical");
  // A Consul that forgot everything is told what holds now.
  StopConsul();
  StartConsulEmpty();
  ASSERT_EQ(Enter(lifecycle::v1::HEALTHY).outcome, Answer::OK);
  EXPECT_EQ(CheckStatus(kService), "passing");
}

INSTANTIATE_TEST_SUITE_P(Both, RegistrarRecoveryConsulTest,
                         ::testing::Values(Kind{.real = false}, Kind{.real = true}), NameOf);

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

INSTANTIATE_TEST_SUITE_P(Real, FrozenConsulTest, ::testing::Values(Kind{.real = true}), NameOf);

}  // namespace
}  // namespace mesos_executor::consul
