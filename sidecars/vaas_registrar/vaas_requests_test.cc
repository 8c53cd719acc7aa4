#include "sidecars/vaas_registrar/vaas_requests.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace mesos_executor::vaas {
namespace {

TEST(VaasRequestsTest, ListsAreAskedForByFilterInWholePages) {
  EXPECT_EQ(FindDcRequest("dc1", 0).target, "/api/v0.1/dc/?symbol=dc1&limit=1000&offset=0");
  EXPECT_EQ(FindDirectorRequest("web", 2000).target,
            "/api/v0.1/director/?name=web&limit=1000&offset=2000");
  const Request backend = FindBackendRequest({7, "10.0.0.7", 80}, 0);
  EXPECT_EQ(backend.target,
            "/api/v0.1/backend/?director=7&address=10.0.0.7&port=80&limit=1000&offset=0");
  EXPECT_EQ(ListBackendsRequest("10.0.0.7", 0).target,
            "/api/v0.1/backend/?address=10.0.0.7&limit=1000&offset=0");
  EXPECT_EQ(backend.method, "GET");
  EXPECT_FALSE(backend.async);
}

TEST(VaasRequestsTest, ChangesAreAsynchronous) {
  const Request add =
      AddRequest({.director = "web", .dc = "dc1", .address = "10.0.0.7", .port = 80}, 7, 9);
  EXPECT_EQ(add.method, "POST");
  EXPECT_EQ(add.target, "/api/v0.1/backend/");
  EXPECT_EQ(add.body,
            R"({"address":"10.0.0.7","director":"/api/v0.1/director/7/","dc":"/api/v0.1/dc/9/",)"
            R"("port":80,"inherit_time_profile":true})");
  EXPECT_TRUE(add.async);

  const Request remove = DeleteRequest(12345678901);
  EXPECT_EQ(remove.method, "DELETE");
  EXPECT_EQ(remove.target, "/api/v0.1/backend/12345678901/");
  EXPECT_EQ(remove.body, "");
  EXPECT_TRUE(remove.async);
}

TEST(VaasRequestsTest, TimeoutsAreSentWhereTheyAreSetAsDecimals) {
  const Request add = AddRequest({.address = "10.0.0.7", .port = 80}, 7, 9,
                                 {.connect = absl::Milliseconds(300),
                                  .first_byte = std::nullopt,
                                  .between_bytes = absl::Seconds(1)});
  const auto body = nlohmann::json::parse(add.body);
  EXPECT_EQ(body["connect_timeout"], "0.30");
  EXPECT_FALSE(body.contains("first_byte_timeout"));
  EXPECT_EQ(body["between_bytes_timeout"], "1.00");
}

TEST(VaasRequestsTest, AWeightIsChangedAlone) {
  const Request weight = SetWeightRequest(5, 30);
  EXPECT_EQ(weight.method, "PATCH");
  EXPECT_EQ(weight.target, "/api/v0.1/backend/5/");
  EXPECT_EQ(weight.body, R"({"weight":30})");
  EXPECT_TRUE(weight.async);
}

TEST(VaasRequestsTest, TextThatIsNotUtf8StaysJson) {
  const Request add = AddRequest({.address = "\xFF", .tags = {"\xFE"}}, 1, 1);
  EXPECT_TRUE(nlohmann::json::accept(add.body)) << add.body;
}

TEST(VaasRequestsTest, ATaskIsAskedForById) {
  EXPECT_EQ(TaskRequest("0a-1b").target, "/api/v0.1/task/0a-1b/");
}

}  // namespace
}  // namespace mesos_executor::vaas
