// The registrar's client over real sockets: what it makes of each answer of VaaS.
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "integration/fake_vaas/fake_vaas.h"
#include "sidecars/runtime/resolver.h"
#include "sidecars/runtime/route.h"
#include "sidecars/vaas_registrar/client.h"
#include "supervisor/base/http_client.h"
#include "supervisor/event_loop/asio_event_loop.h"

namespace mesos_executor::vaas {
namespace {

using fake_vaas::FakeVaas;
using fake_vaas::Reload;
using Code = absl::StatusCode;

class ClientVaasTest : public ::testing::Test {
 protected:
  // Asks on a loop of its own, and runs it until there is an answer.
  template <typename Result, typename Ask>
  absl::StatusOr<Result> Await(Ask ask) {
    AsioEventLoop loop;
    Client client(&loop,
                  {.route = std::make_unique<sidecar::Route>("127.0.0.1", vaas_->port(),
                                                             sidecar::NewResolver(&loop)),
                   .tls = nullptr,
                   .username = "user",
                   .key = key_,
                   .timeouts = timeouts_},
                  NewHttpClient(&loop));
    absl::StatusOr<Result> result = absl::UnknownError("");
    const std::unique_ptr<Pending> asked = ask(&client, [&](absl::StatusOr<Result> answer) {
      result = std::move(answer);
      loop.Stop();
    });
    loop.Run();
    return result;
  }
  auto FindDc(const std::string& symbol) {
    return Await<std::optional<int64_t>>(
        [&](Client* client, auto done) { return client->FindDc(symbol, std::move(done)); });
  }
  auto FindDirector(const std::string& name) {
    return Await<std::optional<int64_t>>(
        [&](Client* client, auto done) { return client->FindDirector(name, std::move(done)); });
  }
  auto FindBackend(const BackendKey& key) {
    return Await<std::optional<HeldBackend>>(
        [&](Client* client, auto done) { return client->FindBackend(key, std::move(done)); });
  }
  auto Add(int64_t director_id) {
    return Await<Added>([&](Client* client, auto done) {
      return client->Add(backend_, director_id, 1, std::move(done));
    });
  }
  auto Delete(int64_t id) {
    return Await<std::string>(
        [&](Client* client, auto done) { return client->Delete(id, std::move(done)); });
  }
  auto LookAtTask(const std::string& id) {
    return Await<TaskProgress>(
        [&](Client* client, auto done) { return client->LookAtTask(id, std::move(done)); });
  }

  const BackendDefinition backend_{.director = "web",
                                   .dc = "dc1",
                                   .address = "10.0.0.7",
                                   .port = 80,
                                   .weight = 5,
                                   .tags = {"canary"}};
  std::string key_ = "key";
  BackendTimeouts timeouts_;
  std::unique_ptr<FakeVaas> vaas_ = *FakeVaas::Start({});
};

TEST_F(ClientVaasTest, ABackendsWholeLife) {
  ASSERT_EQ(*FindDc("dc1"), 1);
  ASSERT_EQ(*FindDirector("web"), 2);
  EXPECT_EQ(*FindDirector("nope"), std::nullopt);
  const BackendKey key{2, "10.0.0.7", 80};
  EXPECT_EQ(*FindBackend(key), std::nullopt);

  const auto added = Add(2);
  ASSERT_TRUE(added.ok()) << added.status();
  EXPECT_EQ(*LookAtTask(added->task_id), TaskProgress::kPending);
  EXPECT_EQ(*LookAtTask(added->task_id), TaskProgress::kDone);
  EXPECT_EQ(*FindBackend(key), (HeldBackend{added->id, key, 5, {"canary"}}));
  EXPECT_EQ(Add(2).status().code(), Code::kAlreadyExists);
  EXPECT_EQ(Add(999).status().code(), Code::kNotFound);

  const auto deleted = Delete(added->id);
  ASSERT_TRUE(deleted.ok()) << deleted.status();
  EXPECT_NE(*deleted, "");
  EXPECT_EQ(*Delete(added->id), "");
  EXPECT_TRUE(vaas_->Backends().empty());
  for (const std::string& request : vaas_->Requests()) {
    EXPECT_EQ(request.find("api_key"), std::string::npos) << request;
  }
}

TEST_F(ClientVaasTest, TheNewestVaasTakesABackendOnlyWithTheTimeoutThatIsSet) {
  vaas_ = *FakeVaas::Start({.newest = true});
  EXPECT_EQ(Add(2).status().code(), Code::kInvalidArgument);
  timeouts_.connect = absl::Milliseconds(300);
  EXPECT_TRUE(Add(2).ok());
}

TEST_F(ClientVaasTest, ADirectorWithoutAClusterHasNoTaskToFollow) {
  vaas_ = *FakeVaas::Start({.clusterless_directors = {"bare"}});
  const auto added = Add(3);
  ASSERT_TRUE(added.ok()) << added.status();
  EXPECT_EQ(added->task_id, "");
  EXPECT_EQ(*Delete(added->id), "");
}

TEST_F(ClientVaasTest, ARowBeyondTheFirstPageIsFoundWithoutFollowingItsLink) {
  vaas_->Add({.request = "GET",
              .reply = fake_vaas::Reply{.content_type = "application/json",
                                        .body = R"({"meta": {"next": "/elsewhere?api_key=key"},
                                                    "objects": [{"id": 7, "symbol": "dc7"}]})"}});
  vaas_->Add({.request = "GET",
              .reply = fake_vaas::Reply{.content_type = "application/json",
                                        .body = R"({"meta": {"next": null},
                                                    "objects": [{"id": 8, "symbol": "dc8"}]})"}});
  EXPECT_EQ(*FindDc("dc8"), 8);
  EXPECT_EQ(vaas_->Requests().at(1), "GET /api/v0.1/dc/?symbol=dc8&limit=1000&offset=1");
}

TEST_F(ClientVaasTest, ATaskThatFailsSaysSoAndTheRowStays) {
  vaas_->SetReload(Reload::kFails);
  vaas_->SetPendingLooks(0);
  const auto added = Add(2);
  ASSERT_TRUE(added.ok()) << added.status();
  EXPECT_EQ(LookAtTask(added->task_id).status().code(), Code::kAborted);
  EXPECT_EQ(vaas_->Backends().count(added->id), 1u);
}

TEST_F(ClientVaasTest, AnAnswerThatTellsNothingMayHideADeed) {
  vaas_->Add({.request = "POST", .reply = fake_vaas::Reply{.status = 500}});
  EXPECT_EQ(Add(2).status().code(), Code::kUnavailable);
  EXPECT_NE(*FindBackend({2, "10.0.0.7", 80}), std::nullopt);
}

TEST_F(ClientVaasTest, WrongCredentialsAreRefused) {
  key_ = "wrong";
  EXPECT_EQ(FindDc("dc1").status().code(), Code::kPermissionDenied);
  EXPECT_EQ(Add(2).status().code(), Code::kPermissionDenied);
  EXPECT_EQ(Add(2).status().message().find("wrong"), std::string::npos);
}

TEST_F(ClientVaasTest, OneThatIsAwayIsUnavailable) {
  vaas_->Stop();
  EXPECT_EQ(FindDc("dc1").status().code(), Code::kUnavailable);
  vaas_->StartAgain();
  EXPECT_EQ(*FindDc("dc1"), 1);
}

}  // namespace
}  // namespace mesos_executor::vaas
