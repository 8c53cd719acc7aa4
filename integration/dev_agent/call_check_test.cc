#include "integration/dev_agent/call_check.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace mesos_executor::dev_agent {
namespace {

constexpr char kIds[] = R"("executor_id":{"value":"executor-task-2b1604d6"},)"
                        R"("framework_id":{"value":"51f164fe-5e38-4139-975d-c6f749b48558-0002"})";

std::string Json(const std::string& rest) { return absl::StrCat("{", kIds, rest, "}"); }

// An UPDATE whose status is as it should be but for what replaces `from`.
std::string Update(const std::string& from = "", const std::string& to = "") {
  std::string status =
      R"("task_id":{"value":"task-2b1604d6"},"state":"TASK_RUNNING","source":"SOURCE_EXECUTOR",)"
      R"("uuid":"RxgKKDOtRLiIWmZ6OT9uQA==","executor_id":{"value":"executor-task-2b1604d6"},"timestamp":1.5)";
  if (!from.empty()) {
    EXPECT_EQ(absl::StrReplaceAll({{from, to}}, &status), 1) << from;
  }
  return Json(absl::StrCat(R"(,"type":"UPDATE","update":{"status":{)", status, "}}"));
}

RawCall JsonCall(std::string body) {
  return {.method = "POST",
          .path = "/api/v1/executor",
          .content_type = "application/json",
          .accept = "application/json",
          .body = std::move(body)};
}

RawCall ProtobufCall(std::string body) {
  RawCall call = JsonCall(std::move(body));
  call.content_type = "application/x-protobuf";
  return call;
}

// The requests behind the names in the transcript.
std::map<std::string, RawCall> Requests() {
  const RawCall heartbeat = JsonCall(Json(R"(,"type":"HEARTBEAT")"));
  std::map<std::string, RawCall> requests;
  requests["GET"] = requests["PUT"] = heartbeat;
  requests["GET"].method = "GET";
  requests["PUT"].method = "PUT";
  requests["no content-type"] = heartbeat;
  requests["no content-type"].content_type.reset();
  for (const std::string type : {"text/plain", "application/json; charset=utf-8"}) {
    requests["content-type " + type] = heartbeat;
    requests["content-type " + type].content_type = type;
  }
  requests["accept text/html"] = heartbeat;
  requests["accept text/html"].accept = "text/html";
  requests["broken JSON"] = JsonCall("{\"type\":");
  requests["empty body JSON"] = JsonCall("");
  requests["JSON array"] = JsonCall("[]");
  requests["empty body protobuf"] = ProtobufCall("");
  requests["broken protobuf"] = ProtobufCall("\xff\xff\xff");
  requests["no type"] = JsonCall(Json(""));
  requests["unknown type"] = JsonCall(Json(R"(,"type":"NO_SUCH_TYPE")"));
  requests["type UNKNOWN"] = JsonCall(Json(R"(,"type":"UNKNOWN")"));
  requests["no executor_id"] =
      JsonCall(R"({"framework_id":{"value":"f"},"type":"SUBSCRIBE","subscribe":{}})");
  requests["no framework_id"] =
      JsonCall(R"({"executor_id":{"value":"e"},"type":"SUBSCRIBE","subscribe":{}})");
  const std::string subscribe = Json(R"(,"type":"SUBSCRIBE","subscribe":{})");
  requests["wrong framework"] = JsonCall(absl::StrReplaceAll(subscribe, {{"-0002", "-0003"}}));
  requests["wrong executor"] = JsonCall(absl::StrReplaceAll(subscribe, {{"executor-task", "x"}}));
  requests["SUBSCRIBE without subscribe"] = JsonCall(Json(R"(,"type":"SUBSCRIBE")"));
  requests["UPDATE without update"] = JsonCall(Json(R"(,"type":"UPDATE")"));
  requests["MESSAGE without message"] = JsonCall(Json(R"(,"type":"MESSAGE")"));
  requests["HEARTBEAT"] = heartbeat;
  requests["HEARTBEAT dummy ids"] =
      JsonCall(R"({"executor_id":{"value":"x"},"framework_id":{"value":"y"},"type":"HEARTBEAT"})");
  requests["wrong path /api/v1/executors"] = heartbeat;
  requests["wrong path /api/v1/executors"].path = "/api/v1/executors";
  requests["path /slave(1)/api/v1/executor"] = heartbeat;
  requests["path /slave(1)/api/v1/executor"].path = "/slave(1)/api/v1/executor";
  requests["MESSAGE ok"] = JsonCall(Json(R"(,"type":"MESSAGE","message":{"data":"aGVsbG8="})"));
  const std::string uuid = R"("uuid":"RxgKKDOtRLiIWmZ6OT9uQA==",)";
  requests["UPDATE no uuid"] = JsonCall(Update(uuid, ""));
  requests["UPDATE bad uuid (3 bytes)"] = JsonCall(Update(uuid, R"("uuid":"YWJj",)"));
  requests["UPDATE not base64"] = JsonCall(Update(uuid, R"("uuid":"%%%",)"));
  requests["UPDATE no source"] = JsonCall(Update(R"("source":"SOURCE_EXECUTOR",)", ""));
  requests["UPDATE source SLAVE"] = JsonCall(Update("SOURCE_EXECUTOR", "SOURCE_AGENT"));
  requests["UPDATE no executor_id in status"] =
      JsonCall(Update(R"("executor_id":{"value":"executor-task-2b1604d6"},)", ""));
  requests["UPDATE other executor_id in status"] = JsonCall(Update(
      R"("executor_id":{"value":"executor-task-2b1604d6"})", R"("executor_id":{"value":"zzz"})"));
  requests["UPDATE no state"] = JsonCall(Update(R"("state":"TASK_RUNNING",)", ""));
  requests["UPDATE state FOO"] = JsonCall(Update("TASK_RUNNING", "TASK_FOO"));
  requests["UPDATE state STAGING"] = JsonCall(Update("TASK_RUNNING", "TASK_STAGING"));
  requests["UPDATE no timestamp"] = JsonCall(Update(R"(,"timestamp":1.5)", ""));
  requests["UPDATE unknown task"] = JsonCall(Update("task-2b1604d6\"},\"state", "t\"},\"state"));
  requests["UPDATE ok"] = JsonCall(Update());
  return requests;
}

KnownExecutor Executor(bool subscribed) {
  return {.framework_id = "51f164fe-5e38-4139-975d-c6f749b48558-0002",
          .executor_id = "executor-task-2b1604d6",
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
  std::map<std::string, RawCall> requests = Requests();
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
  const auto checked = CheckCall(JsonCall(Update()), KnownExecutor{});
  EXPECT_EQ(std::get<Answer>(checked).body, "Framework cannot be found");
}

TEST(CallCheckTest, EventsAreJsonUnlessOnlyProtobufIsAccepted) {
  RawCall call = JsonCall(Json(R"(,"type":"SUBSCRIBE","subscribe":{})"));
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
  const auto from_json = std::get<AcceptedCall>(CheckCall(JsonCall(Update()), Executor(true)));
  const auto from_protobuf = std::get<AcceptedCall>(
      CheckCall(ProtobufCall(from_json.call.SerializeAsString()), Executor(true)));
  EXPECT_EQ(from_json.call.SerializeAsString(), from_protobuf.call.SerializeAsString());
  EXPECT_EQ(from_json.call.update().status().uuid().size(), 16u);
}

TEST(CallCheckTest, UuidsOfUnknownVersionsAreRefused) {
  // Version 7, and sixteen bytes that are no UUID at all.
  for (const char* uuid : {"AZAAAAAAdwCAAAAAAAAAAA==", "AAAAAAAAAAAAAAAAAAAAAA=="}) {
    const auto checked =
        CheckCall(JsonCall(Update("RxgKKDOtRLiIWmZ6OT9uQA==", uuid)), Executor(true));
    EXPECT_EQ(std::get<Answer>(checked).body,
              "Failed to validate Executor::Call: Not a valid UUID");
  }
}

TEST(CallCheckTest, ACheckStatusWithoutItsResultIsRefused) {
  const auto checked = CheckCall(
      JsonCall(Update(R"("timestamp":1.5)", R"("check_status":{"type":"HTTP"})")), Executor(true));
  EXPECT_EQ(std::get<Answer>(checked).code, 400);
}

TEST(CallCheckTest, OtherPathsDoNotExist) {
  RawCall call = JsonCall(Update());
  call.path = "/health";
  EXPECT_EQ(std::get<Answer>(CheckCall(call, Executor(true))).body, "404 Not Found.");
}

}  // namespace
}  // namespace mesos_executor::dev_agent
