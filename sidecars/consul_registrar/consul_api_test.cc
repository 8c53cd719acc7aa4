#include "sidecars/consul_registrar/consul_api.h"

#include <gtest/gtest.h>

#include <tuple>

namespace mesos_executor::consul {
namespace {

using Code = absl::StatusCode;

HttpResponse Response(int status, std::string body = "") {
  return {.status = status, .headers = {}, .body = std::move(body)};
}

TEST(ConsulApiTest, AServiceIdIsEscapedWhateverItHolds) {
  EXPECT_EQ(DeregisterRequest("t.1_web-x~_80").target,
            "/v1/agent/service/deregister/t.1_web-x~_80");
  EXPECT_EQ(DeregisterRequest("/a b%?#+/../\xC3\xA9").target,
            "/v1/agent/service/deregister/%2Fa%20b%25%3F%23%2B%2F..%2F%C3%A9");
  EXPECT_EQ(DeregisterRequest("x").method, "PUT");
}

TEST(ConsulApiTest, TextThatIsNotUtf8StaysJson) {
  ServiceDefinition service;
  service.id = "\xFF";
  EXPECT_NE(RegisterRequest(service, "").body.find("\xEF\xBF\xBD"), std::string::npos);
}

TEST(ConsulApiTest, AnswersToARegistrationMean) {
  const std::tuple<absl::StatusOr<HttpResponse>, Code> kCases[] = {
      {Response(200), Code::kOk},
      {Response(400, "Missing service name"), Code::kInvalidArgument},
      {Response(403, "Permission denied: Missing service:write on web"), Code::kPermissionDenied},
      {Response(403, "ACL not found"), Code::kPermissionDenied},
      {Response(401), Code::kPermissionDenied},
      {Response(404), Code::kInvalidArgument},
      {Response(301), Code::kInvalidArgument},
      {Response(405, "method POST not allowed"), Code::kInvalidArgument},
      {Response(429), Code::kUnavailable},
      {Response(500, "No cluster leader"), Code::kUnavailable},
      {Response(503), Code::kUnavailable},
      {absl::UnavailableError("connection refused"), Code::kUnavailable},
      {absl::AbortedError("closed without an answer"), Code::kUnavailable},
      {absl::DeadlineExceededError("too late"), Code::kUnavailable},
      {absl::InternalError("not HTTP"), Code::kUnavailable},
      {absl::InvalidArgumentError("bad request"), Code::kInvalidArgument},
  };
  for (const auto& [answer, code] : kCases) {
    EXPECT_EQ(ReadRegisterAnswer(answer).code(), code) << (answer.ok() ? answer->status : 0);
  }
}

TEST(ConsulApiTest, ARemovalOfWhatIsNotThereIsDone) {
  EXPECT_TRUE(ReadDeregisterAnswer(Response(200)).ok());
  EXPECT_TRUE(ReadDeregisterAnswer(Response(500, "Unknown service \"t_web_80\"")).ok());
  EXPECT_TRUE(ReadDeregisterAnswer(Response(404, "Unknown service ID")).ok());
  EXPECT_EQ(ReadDeregisterAnswer(Response(500, "rpc error")).code(), Code::kUnavailable);
  EXPECT_EQ(ReadDeregisterAnswer(Response(403, "ACL not found")).code(), Code::kPermissionDenied);
}

TEST(ConsulApiTest, ARefusalTellsWhatConsulSaidBoundedAndPrintable) {
  const auto status = ReadRegisterAnswer(Response(400, "Bad\n" + std::string(100000, 'x')));
  EXPECT_NE(status.message().find("Consul answered 400 Bad\\n"), std::string::npos);
  EXPECT_LT(status.message().size(), 400u);
  EXPECT_NE(ReadRegisterAnswer(Response(403)).message().find("CONSUL_HTTP_TOKEN"),
            std::string::npos);
}

TEST(ConsulApiTest, AnUpdateOfATtlCheckSaysItsStatusToTheServicesOwnCheck) {
  const Request request = UpdateCheckRequest("a b", "critical", "it said \"no\"");
  EXPECT_EQ(request.method, "PUT");
  EXPECT_EQ(request.target, "/v1/agent/check/update/service:a%20b");
  EXPECT_EQ(request.body, R"({"Status":"critical","Output":"it said \"no\""})");
}

TEST(ConsulApiTest, AnUpdateOfACheckThatIsNotThereIsNotFound) {
  EXPECT_TRUE(ReadUpdateCheckAnswer(Response(200)).ok());
  EXPECT_EQ(
      ReadUpdateCheckAnswer(Response(500, "CheckID \"service:a\" does not have associated TTL"))
          .code(),
      Code::kNotFound);
  EXPECT_EQ(ReadUpdateCheckAnswer(Response(404, "Unknown check ID")).code(), Code::kNotFound);
  EXPECT_EQ(ReadUpdateCheckAnswer(Response(500, "rpc error")).code(), Code::kUnavailable);
  EXPECT_EQ(ReadUpdateCheckAnswer(Response(403, "ACL not found")).code(), Code::kPermissionDenied);
}

}  // namespace
}  // namespace mesos_executor::consul
