#include "integration/dev_agent/recorded_requests.h"

#include <glog/logging.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace mesos_executor::dev_agent {
namespace {

constexpr char kIds[] = R"("executor_id":{"value":"executor-task-2b1604d6"},)"
                        R"("framework_id":{"value":"51f164fe-5e38-4139-975d-c6f749b48558-0002"})";

}  // namespace

std::string CallJson(const std::string& rest) { return absl::StrCat("{", kIds, rest, "}"); }

std::string UpdateJson(const std::string& from, const std::string& to) {
  std::string status =
      R"("task_id":{"value":"task-2b1604d6"},"state":"TASK_RUNNING","source":"SOURCE_EXECUTOR",)"
      R"("uuid":"RxgKKDOtRLiIWmZ6OT9uQA==","executor_id":{"value":"executor-task-2b1604d6"},"timestamp":1.5)";
  if (!from.empty()) {
    CHECK_EQ(absl::StrReplaceAll({{from, to}}, &status), 1) << from;
  }
  return CallJson(absl::StrCat(R"(,"type":"UPDATE","update":{"status":{)", status, "}}"));
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

std::map<std::string, RawCall> RecordedRequests() {
  const RawCall heartbeat = JsonCall(CallJson(R"(,"type":"HEARTBEAT")"));
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
  requests["no type"] = JsonCall(CallJson(""));
  requests["unknown type"] = JsonCall(CallJson(R"(,"type":"NO_SUCH_TYPE")"));
  requests["type UNKNOWN"] = JsonCall(CallJson(R"(,"type":"UNKNOWN")"));
  requests["no executor_id"] =
      JsonCall(R"({"framework_id":{"value":"f"},"type":"SUBSCRIBE","subscribe":{}})");
  requests["no framework_id"] =
      JsonCall(R"({"executor_id":{"value":"e"},"type":"SUBSCRIBE","subscribe":{}})");
  const std::string subscribe = CallJson(R"(,"type":"SUBSCRIBE","subscribe":{})");
  requests["wrong framework"] = JsonCall(absl::StrReplaceAll(subscribe, {{"-0002", "-0003"}}));
  requests["wrong executor"] = JsonCall(absl::StrReplaceAll(subscribe, {{"executor-task", "x"}}));
  requests["SUBSCRIBE without subscribe"] = JsonCall(CallJson(R"(,"type":"SUBSCRIBE")"));
  requests["UPDATE without update"] = JsonCall(CallJson(R"(,"type":"UPDATE")"));
  requests["MESSAGE without message"] = JsonCall(CallJson(R"(,"type":"MESSAGE")"));
  requests["HEARTBEAT"] = heartbeat;
  requests["HEARTBEAT dummy ids"] =
      JsonCall(R"({"executor_id":{"value":"x"},"framework_id":{"value":"y"},"type":"HEARTBEAT"})");
  requests["wrong path /api/v1/executors"] = heartbeat;
  requests["wrong path /api/v1/executors"].path = "/api/v1/executors";
  requests["path /slave(1)/api/v1/executor"] = heartbeat;
  requests["path /slave(1)/api/v1/executor"].path = "/slave(1)/api/v1/executor";
  requests["MESSAGE ok"] = JsonCall(CallJson(R"(,"type":"MESSAGE","message":{"data":"aGVsbG8="})"));
  const std::string uuid = R"("uuid":"RxgKKDOtRLiIWmZ6OT9uQA==",)";
  requests["UPDATE no uuid"] = JsonCall(UpdateJson(uuid, ""));
  requests["UPDATE bad uuid (3 bytes)"] = JsonCall(UpdateJson(uuid, R"("uuid":"YWJj",)"));
  requests["UPDATE not base64"] = JsonCall(UpdateJson(uuid, R"("uuid":"%%%",)"));
  requests["UPDATE no source"] = JsonCall(UpdateJson(R"("source":"SOURCE_EXECUTOR",)", ""));
  requests["UPDATE source SLAVE"] = JsonCall(UpdateJson("SOURCE_EXECUTOR", "SOURCE_AGENT"));
  requests["UPDATE no executor_id in status"] =
      JsonCall(UpdateJson(R"("executor_id":{"value":"executor-task-2b1604d6"},)", ""));
  requests["UPDATE other executor_id in status"] = JsonCall(UpdateJson(
      R"("executor_id":{"value":"executor-task-2b1604d6"})", R"("executor_id":{"value":"zzz"})"));
  requests["UPDATE no state"] = JsonCall(UpdateJson(R"("state":"TASK_RUNNING",)", ""));
  requests["UPDATE state FOO"] = JsonCall(UpdateJson("TASK_RUNNING", "TASK_FOO"));
  requests["UPDATE state STAGING"] = JsonCall(UpdateJson("TASK_RUNNING", "TASK_STAGING"));
  requests["UPDATE no timestamp"] = JsonCall(UpdateJson(R"(,"timestamp":1.5)", ""));
  requests["UPDATE unknown task"] =
      JsonCall(UpdateJson("task-2b1604d6\"},\"state", "t\"},\"state"));
  requests["UPDATE ok"] = JsonCall(UpdateJson());
  return requests;
}

}  // namespace mesos_executor::dev_agent
