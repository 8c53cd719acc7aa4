#include "integration/fake_vaas/fake_vaas.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

#include "integration/fake_vaas/ask.h"

namespace mesos_executor::fake_vaas {
namespace {

using ::testing::ElementsAre;

constexpr char kAuth[] = "ApiKey user:key";

Question Reading(const std::string& path) {
  return {.method = "GET", .target = "/api/v0.1/" + path, .authorization = kAuth};
}
Question Adding(int port) {
  return {.method = "POST",
          .target = "/api/v0.1/backend/",
          .authorization = kAuth,
          .content_type = "application/json",
          .body = R"({"address": "10.0.0.7", "dc": "/api/v0.1/dc/1/",
                      "director": "/api/v0.1/director/2/", "port": )" +
                  std::to_string(port) + "}"};
}

class FakeVaasTest : public ::testing::Test {
 protected:
  absl::StatusOr<HttpResponse> Ask(const Question& question) {
    return AskVaas(vaas_->port(), question);
  }
  // Whether no answer comes. On a slow machine the question itself may not have come through.
  bool IsSilent(const Question& question) {
    return absl::IsDeadlineExceeded(
        AskVaas(vaas_->port(), question, absl::Milliseconds(200)).status());
  }

  std::unique_ptr<FakeVaas> vaas_ = *FakeVaas::Start({});
};

TEST_F(FakeVaasTest, AnswersOverSocketsWithItsHeaders) {
  const auto added = Ask(Adding(80));
  ASSERT_TRUE(added.ok()) << added.status();
  EXPECT_EQ(added->status, 201);
  EXPECT_EQ(added->Header("Location"), "/api/v0.1/backend/3/");
  EXPECT_EQ(added->Header("Content-Type"), "application/json");
  ASSERT_EQ(vaas_->Backends().count(3), 1u);
  EXPECT_EQ(vaas_->Backends().at(3).address, "10.0.0.7");
  Question async = Adding(81);
  async.prefer = "respond-async";
  EXPECT_EQ(Ask(async)->status, 202);
  vaas_->Remove(3);
  EXPECT_EQ(vaas_->Backends().count(3), 0u);
  Question nobody = Reading("dc/");
  nobody.authorization = "";
  EXPECT_EQ(Ask(nobody)->status, 401);
  EXPECT_THAT(vaas_->Requests(), ElementsAre("POST /api/v0.1/backend/", "POST /api/v0.1/backend/",
                                             "GET /api/v0.1/dc/"));
}

// Not among what was recorded: as VaaS' documentation has it.
TEST_F(FakeVaasTest, ChangesAWeightAndNothingElse) {
  ASSERT_EQ(Ask(Adding(80))->status, 201);
  const auto patch = [this](const std::string& body) {
    return Ask({.method = "PATCH",
                .target = "/api/v0.1/backend/3/",
                .authorization = kAuth,
                .content_type = "application/json",
                .body = body});
  };
  EXPECT_EQ(patch(R"({"weight": 30})")->status, 202);
  EXPECT_EQ(vaas_->Backends().at(3).weight, 30);
  for (const char* other : {R"({"port": 81})", R"({"weight": 101})", R"({"weight": "1"})", "[]"}) {
    EXPECT_EQ(patch(other)->status, 501) << other;
  }
  EXPECT_EQ(vaas_->Backends().at(3).weight, 30);
}

TEST_F(FakeVaasTest, AFaultIsUsedAsOftenAsItSaysOnWhatItFits) {
  vaas_->Add({.request = "POST /api/v0.1/backend/",
              .times = 2,
              .carried_out = false,
              .reply = Reply{.status = 503, .content_type = "text/html", .body = "busy"}});
  vaas_->Add({.request = "POST", .reply = Reply{.status = 500}});
  EXPECT_EQ(Ask(Reading("dc/"))->status, 200);
  EXPECT_EQ(Ask(Adding(80))->body, "busy");
  EXPECT_EQ(Ask(Adding(80))->status, 503);
  EXPECT_TRUE(vaas_->Backends().empty());
  EXPECT_EQ(Ask(Adding(80))->status, 500);
  EXPECT_EQ(vaas_->Backends().size(), 1u);
  EXPECT_EQ(Ask(Adding(80))->status, 400);
}

TEST_F(FakeVaasTest, ASilentOneNeverAnswersAndGoesOnForOthers) {
  vaas_->Add({.request = "POST", .times = 1000, .reply = Reply{.answered = false}});
  EXPECT_TRUE(IsSilent(Adding(80)));
  EXPECT_EQ(Ask(Reading("backend/"))->status, 200);
}

TEST_F(FakeVaasTest, AReloadThatHangsDoesNotHoldUpOthers) {
  vaas_->SetReload(Reload::kWorkerDown);
  EXPECT_TRUE(IsSilent(Adding(80)));
  vaas_->SetReload(Reload::kWorks);
  EXPECT_EQ(Ask(Adding(81))->status, 201);
}

TEST_F(FakeVaasTest, ALateAnswerIsLate) {
  vaas_->Add({.request = "POST", .delay = absl::Milliseconds(300)});
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(Ask(Adding(80))->status, 201);
  EXPECT_GE(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(300));
}

TEST_F(FakeVaasTest, AnAnswerForWhichNobodyWaitsAnyMoreHarmsNobody) {
  vaas_->Add({.request = "GET /api/v0.1/dc/", .times = 1000, .delay = absl::Hours(1)});
  EXPECT_TRUE(IsSilent(Reading("dc/")));
  EXPECT_EQ(Ask(Reading("backend/"))->status, 200);
}

TEST_F(FakeVaasTest, TasksArePendingAsLongAsIsWanted) {
  vaas_->SetPendingLooks(2);
  Question async = Adding(80);
  async.prefer = "respond-async";
  const std::string task = Ask(async)->Header("Location");
  const auto look = [&] {
    return Ask({.method = "GET", .target = task, .authorization = kAuth})->body;
  };
  EXPECT_NE(look().find("PENDING"), std::string::npos);
  EXPECT_NE(look().find("PENDING"), std::string::npos);
  EXPECT_NE(look().find("SUCCESS"), std::string::npos);
}

TEST_F(FakeVaasTest, ComesBackAtTheSamePortWithItsRows) {
  const uint16_t port = vaas_->port();
  ASSERT_EQ(Ask(Adding(80))->status, 201);
  vaas_->Stop();
  EXPECT_EQ(AskVaas(port, Adding(81)).status().code(), absl::StatusCode::kUnavailable);
  vaas_->StartAgain();
  EXPECT_EQ(AskVaas(port, Adding(82))->status, 201);
  EXPECT_EQ(vaas_->Backends().size(), 2u);
}

TEST_F(FakeVaasTest, APortThatSomebodyHasIsAnError) {
  const auto second = FakeVaas::Start({.port = vaas_->port()});
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace mesos_executor::fake_vaas
