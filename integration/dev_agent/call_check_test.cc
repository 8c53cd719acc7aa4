#include "integration/dev_agent/call_check.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "integration/dev_agent/authentication.h"
#include "integration/dev_agent/recorded_requests.h"

namespace mesos_executor::dev_agent {
namespace {

KnownExecutor Executor(bool subscribed) {
  return {.framework_id = kRecordedFramework,
          .executor_id = kRecordedExecutor,
          .subscribed = subscribed};
}

std::string AnswerTo(const RawCall& request, const KnownExecutor& executor, absl::Time date) {
  const auto checked = CheckCall(request, executor);
  const auto* answer = std::get_if<Answer>(&checked);
  return AnswerText(answer == nullptr ? Answer{} : *answer, date);
}

// Each line: [before-subscribe|after-launch] NAME -> the response of a real Mesos 1.11 agent, with
// | for the ends of its lines.
TEST(CallCheckTest, EveryBadCallIsAnsweredByteForByteAsARealAgentDid) {
  std::ifstream transcript("integration/dev_agent/testdata/malformed_calls.txt");
  const absl::Time date = absl::FromUnixSeconds(1795368578);
  std::map<std::string, RawCall> requests = RecordedRequests();
  std::string line;
  int lines = 0;
  for (; std::getline(transcript, line); ++lines) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(line, absl::MaxSplits(" -> ", 1));
    const bool subscribed = parts.first.starts_with("[after-launch] ");
    const std::string name = parts.first.substr(parts.first.find("] ") + 2);
    ASSERT_EQ(requests.count(name), 1u) << name;
    EXPECT_EQ(
        absl::StrReplaceAll(AnswerTo(requests[name], Executor(subscribed), date), {{"\r\n", "|"}}),
        parts.second)
        << parts.first;
  }
  EXPECT_EQ(lines, 78);
}

TEST(CallCheckTest, AnExecutorThatIsGoneIsOfAnUnknownFramework) {
  const auto checked = CheckCall(JsonCall(UpdateJson()), KnownExecutor{});
  EXPECT_EQ(std::get<Answer>(checked).body, "Framework cannot be found");
}

TEST(CallCheckTest, EventsAreJsonUnlessOnlyProtobufIsAccepted) {
  RawCall call = JsonCall(CallJson(R"(,"type":"SUBSCRIBE","subscribe":{})"));
  const auto events = [&] {
    return std::get<AcceptedCall>(CheckCall(call, Executor(false))).events;
  };
  call.accept.reset();
  EXPECT_EQ(events(), MediaType::kJson);
  for (const char* both : {"*/*", "application/*", "application/x-protobuf, application/json"}) {
    call.accept = both;
    EXPECT_EQ(events(), MediaType::kJson) << both;
  }
  call.accept = "application/x-protobuf";
  EXPECT_EQ(events(), MediaType::kProtobuf);
}

TEST(CallCheckTest, BothEncodingsOfACallMeanTheSame) {
  const auto from_json = std::get<AcceptedCall>(CheckCall(JsonCall(UpdateJson()), Executor(true)));
  const auto from_protobuf = std::get<AcceptedCall>(
      CheckCall(ProtobufCall(from_json.call.SerializeAsString()), Executor(true)));
  EXPECT_EQ(from_json.call.SerializeAsString(), from_protobuf.call.SerializeAsString());
  EXPECT_EQ(from_json.call.update().status().uuid().size(), 16u);
}

TEST(CallCheckTest, UuidsOfUnknownVersionsAreRefused) {
  // Version 7, and sixteen bytes that are no UUID at all.
  for (const char* uuid : {"AZAAAAAAdwCAAAAAAAAAAA==", "AAAAAAAAAAAAAAAAAAAAAA=="}) {
    const auto checked =
        CheckCall(JsonCall(UpdateJson("RxgKKDOtRLiIWmZ6OT9uQA==", uuid)), Executor(true));
    EXPECT_EQ(std::get<Answer>(checked).body,
              "Failed to validate Executor::Call: Not a valid UUID");
  }
}

TEST(CallCheckTest, ACheckStatusWithoutItsResultIsRefused) {
  const auto checked =
      CheckCall(JsonCall(UpdateJson(R"("timestamp":1.5)", R"("check_status":{"type":"HTTP"})")),
                Executor(true));
  EXPECT_EQ(std::get<Answer>(checked).code, 400);
}

TEST(CallCheckTest, OtherPathsDoNotExist) {
  RawCall call = JsonCall(UpdateJson());
  call.path = "/health";
  EXPECT_EQ(std::get<Answer>(CheckCall(call, Executor(true))).body, "404 Not Found.");
}

TEST(CallCheckTest, OnTheUnixSocketOnlyThePathWithTheAgentsIdIsLetThrough) {
  RawCall call = JsonCall(CallJson(R"(,"type":"SUBSCRIBE","subscribe":{})"));
  call.on_unix_socket = true;
  for (const char* path :
       {"/api/v1/executor", "/api/v1", "/slave(1)/api/v1/executor/", "/health"}) {
    call.path = path;
    EXPECT_EQ(std::get<Answer>(CheckCall(call, Executor(false))),
              (Answer{.code = 403, .body = "403 Forbidden."}))
        << path;
  }
  call.path = "/slave(1)/api/v1/executor";
  EXPECT_TRUE(std::holds_alternative<AcceptedCall>(CheckCall(call, Executor(false))));
}

TEST(CallCheckTest, AnAgentThatStartsTakesNothingThenOnlySubscribe) {
  const RawCall subscribe = JsonCall(CallJson(R"(,"type":"SUBSCRIBE","subscribe":{})"));
  RawCall get = subscribe;
  get.method = "GET";
  KnownExecutor known = Executor(false);
  known.phase = AgentPhase::kNoRoutes;
  EXPECT_EQ(std::get<Answer>(CheckCall(subscribe, known)).body, "404 Not Found.");
  known.phase = AgentPhase::kUnrecovered;
  const Answer unrecovered{.code = 503, .body = "Agent has not finished recovery"};
  EXPECT_EQ(std::get<Answer>(CheckCall(subscribe, known)), unrecovered);
  EXPECT_EQ(std::get<Answer>(CheckCall(get, known)), unrecovered);
  known.phase = AgentPhase::kRecovering;
  EXPECT_TRUE(std::holds_alternative<AcceptedCall>(CheckCall(subscribe, known)));
  EXPECT_EQ(std::get<Answer>(CheckCall(get, known)).code, 405);
  EXPECT_EQ(std::get<Answer>(CheckCall(JsonCall(UpdateJson()), known)), unrecovered);
}

TEST(CallCheckTest, ATokenIsAskedForAndMustBeTheExecutorsOwn) {
  KnownExecutor known = Executor(true);
  known.container_id = "c";
  known.jwt_secret = "secret";
  RawCall call = JsonCall(UpdateJson());
  EXPECT_EQ(std::get<Answer>(CheckCall(call, known)).code, 401);
  const auto with = [&](const std::string& container) {
    call.authorization =
        "Bearer " +
        NewToken(ExecutorClaims(known.framework_id, known.executor_id, container), "secret");
    return CheckCall(call, known);
  };
  EXPECT_EQ(std::get<Answer>(with("another run")).code, 403);
  EXPECT_TRUE(std::holds_alternative<AcceptedCall>(with("c")));
}

}  // namespace
}  // namespace mesos_executor::dev_agent
