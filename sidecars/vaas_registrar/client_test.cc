#include "sidecars/vaas_registrar/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "supervisor/event_loop/manual_event_loop.h"

namespace mesos_executor::vaas {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

// Holds every request until the test answers it.
class HeldHttp final : public HttpClient {
 public:
  struct Sent {
    HttpRequest request;
    Done done;
    bool open = true;
  };
  explicit HeldHttp(std::vector<std::shared_ptr<Sent>>* sent) : sent_(sent) {}

  std::unique_ptr<Pending> Send(HttpRequest request, Done done) override {
    sent_->push_back(std::make_shared<Sent>(Sent{std::move(request), std::move(done)}));
    return std::make_unique<Open>(sent_->back());
  }

 private:
  class Open final : public Pending {
   public:
    explicit Open(std::shared_ptr<Sent> sent) : sent_(std::move(sent)) {}
    ~Open() override { sent_->open = false; }

   private:
    const std::shared_ptr<Sent> sent_;
  };
  std::vector<std::shared_ptr<Sent>>* const sent_;
};

class ClientTest : public ::testing::Test {
 protected:
  // To the newest request.
  void AnswerIt(int status, std::string body) {
    const auto sent = sent_.back();
    ASSERT_TRUE(sent->open);
    sent->done(HttpResponse{.status = status, .headers = {}, .body = std::move(body)});
  }
  const HttpRequest& Last() const { return sent_.back()->request; }

  static std::string List(const std::string& rows, bool last) {
    return absl::StrCat(R"({"meta": {"next": )", last ? "null" : "\"/evil/?api_key=k\"",
                        R"(}, "objects": [)", rows, "]}");
  }

  std::vector<std::shared_ptr<HeldHttp::Sent>> sent_;
  ManualEventLoop loop_;
  Client client_{&loop_,
                 {.route = std::make_unique<sidecar::Route>(UnixEndpoint{"/run/vaas.sock"}),
                  .tls = nullptr,
                  .username = "user",
                  .key = "secret"},
                 std::make_unique<HeldHttp>(&sent_)};
};

TEST_F(ClientTest, CredentialsAreInAHeaderAndNowhereElse) {
  std::vector<std::unique_ptr<Pending>> operations;
  operations.push_back(client_.FindDc("dc1", [](auto) {}));
  operations.push_back(client_.FindDirector("web", [](auto) {}));
  operations.push_back(client_.FindBackend({1, "10.0.0.7", 80}, [](auto) {}));
  operations.push_back(client_.Add({.address = "10.0.0.7", .port = 80}, 1, 1, [](auto) {}));
  operations.push_back(client_.Delete(1, [](auto) {}));
  operations.push_back(client_.LookAtTask("t", [](auto) {}));
  operations.push_back(client_.SetWeight(1, 2, [](auto) {}));
  operations.push_back(client_.ListBackends("10.0.0.7", [](auto) {}));
  ASSERT_EQ(sent_.size(), 8u);
  for (const auto& sent : sent_) {
    const HttpRequest& request = sent->request;
    EXPECT_THAT(request.headers, Contains(Pair("Authorization", "ApiKey user:secret")));
    EXPECT_THAT(request.target, Not(HasSubstr("secret")));
    EXPECT_THAT(request.body, Not(HasSubstr("secret")));
    EXPECT_EQ(request.timeout, Client::kFirstTimeout);
    EXPECT_EQ(request.host, "unix:/run/vaas.sock");
    EXPECT_EQ(request.endpoint, Endpoint(UnixEndpoint{"/run/vaas.sock"}));
  }
}

TEST_F(ClientTest, OnlyChangesPreferAnAsynchronousAnswerAndOnlyABodyHasAType) {
  const auto add = client_.Add({.address = "10.0.0.7", .port = 80}, 1, 1, [](auto) {});
  EXPECT_THAT(Last().headers, Contains(Pair("Prefer", "respond-async")));
  EXPECT_THAT(Last().headers, Contains(Pair("Content-Type", "application/json")));
  const auto remove = client_.Delete(1, [](auto) {});
  EXPECT_THAT(Last().headers,
              ElementsAre(Pair("Authorization", testing::_), Pair("Accept", "application/json"),
                          Pair("Prefer", "respond-async")));
  const auto find = client_.FindDc("dc1", [](auto) {});
  EXPECT_THAT(Last().headers,
              ElementsAre(Pair("Authorization", testing::_), Pair("Accept", "application/json")));
}

TEST_F(ClientTest, ReadsPageAfterPageUntilTheRowIsFound) {
  absl::StatusOr<std::optional<int64_t>> found = absl::UnknownError("");
  const auto operation = client_.FindDirector("web", [&](auto result) { found = result; });
  AnswerIt(200, List(R"({"id": 1, "name": "a"}, {"id": 2, "name": "b"})", false));
  ASSERT_EQ(sent_.size(), 2u);
  EXPECT_EQ(Last().target, "/api/v0.1/director/?name=web&limit=1000&offset=2");
  AnswerIt(200, List(R"({"id": 3, "name": "web"})", false));
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(*found, 3);
  EXPECT_EQ(sent_.size(), 2u);
}

TEST_F(ClientTest, AListOfAnAddressIsReadToItsEnd) {
  const auto row = [](int id, const std::string& address) {
    return absl::StrCat(R"({"id": )", id, R"(, "port": 80, "director": "/api/v0.1/director/1/",)",
                        R"("address": ")", address, R"("})");
  };
  absl::StatusOr<std::vector<HeldBackend>> found = absl::UnknownError("");
  const auto operation =
      client_.ListBackends("10.0.0.7", [&](auto result) { found = std::move(result); });
  EXPECT_EQ(Last().target, "/api/v0.1/backend/?address=10.0.0.7&limit=1000&offset=0");
  AnswerIt(200, List(absl::StrCat(row(1, "10.0.0.7"), ",", row(2, "10.0.0.8")), false));
  EXPECT_EQ(Last().target, "/api/v0.1/backend/?address=10.0.0.7&limit=1000&offset=2");
  AnswerIt(200, List(row(3, "10.0.0.7"), true));
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_EQ(found->size(), 2u);
  EXPECT_EQ(found->at(0).id, 1);
  EXPECT_EQ(found->at(1).id, 3);
}

TEST_F(ClientTest, AListThatEndsHasNoSuchRow) {
  absl::StatusOr<std::optional<HeldBackend>> found = absl::UnknownError("");
  const auto operation =
      client_.FindBackend({1, "10.0.0.7", 80}, [&](auto result) { found = result; });
  AnswerIt(200, List("", true));
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(*found, std::nullopt);
}

TEST_F(ClientTest, AListThatFailsOnTheWayIsNoEmptyOne) {
  absl::StatusOr<std::optional<int64_t>> found = absl::UnknownError("");
  const auto operation = client_.FindDc("dc1", [&](auto result) { found = result; });
  AnswerIt(200, List("{}", false));
  AnswerIt(500, "");
  EXPECT_EQ(found.status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(ClientTest, AListWithoutAnEndIsGivenUp) {
  absl::StatusOr<std::optional<int64_t>> found = absl::UnknownError("");
  const auto operation = client_.FindDc("dc1", [&](auto result) { found = result; });
  for (int page = 0; page < Client::kMaxPages; ++page) {
    EXPECT_EQ(found.status().code(), absl::StatusCode::kUnknown);
    AnswerIt(200, List("{}", false));
  }
  EXPECT_EQ(found.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(sent_.size(), static_cast<size_t>(Client::kMaxPages));
}

TEST_F(ClientTest, ASlowVaasIsWaitedForLongerAndAFastOneNotForLong) {
  const auto ask = [this](absl::Duration takes, const absl::StatusOr<HttpResponse>& answer) {
    const auto operation = client_.Delete(1, [](auto) {});
    const absl::Duration timeout = Last().timeout;
    loop_.Advance(takes);
    sent_.back()->done(answer);
    return timeout;
  };
  const absl::Status late = absl::DeadlineExceededError("late");
  const HttpResponse well{.status = 204, .headers = {}, .body = ""};
  EXPECT_EQ(ask(absl::Seconds(10), late), absl::Seconds(10));
  EXPECT_EQ(ask(absl::Seconds(20), late), absl::Seconds(20));
  EXPECT_EQ(ask(absl::Seconds(40), late), absl::Seconds(40));
  EXPECT_EQ(ask(absl::Seconds(60), late), Client::kLongestTimeout);
  EXPECT_EQ(ask(absl::Seconds(15), well), Client::kLongestTimeout);
  EXPECT_EQ(ask(absl::Seconds(1), well), absl::Seconds(30));
  EXPECT_EQ(ask(absl::ZeroDuration(), absl::UnavailableError("refused")), absl::Seconds(10));
  EXPECT_EQ(ask(absl::ZeroDuration(), well), absl::Seconds(10));
}

TEST_F(ClientTest, WhatIsCancelledIsNotUnderWayAnyMore) {
  auto add = client_.Add({}, 1, 1, [](auto) { FAIL(); });
  EXPECT_TRUE(sent_.back()->open);
  add.reset();
  EXPECT_FALSE(sent_.back()->open);
  auto find = client_.FindDc("dc1", [](auto) { FAIL(); });
  AnswerIt(200, List("{}", false));
  find.reset();
  EXPECT_FALSE(sent_.back()->open);
}

TEST_F(ClientTest, AnOperationMayBeDestroyedByItsOwnEnd) {
  std::unique_ptr<Pending> operation;
  operation = client_.FindDc("dc1", [&](auto) { operation.reset(); });
  AnswerIt(200, List("", true));
  EXPECT_EQ(operation, nullptr);
  operation = client_.Delete(1, [&](auto) { operation.reset(); });
  AnswerIt(204, "");
  EXPECT_EQ(operation, nullptr);
}

}  // namespace
}  // namespace mesos_executor::vaas
