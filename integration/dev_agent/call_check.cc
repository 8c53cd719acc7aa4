#include "integration/dev_agent/call_check.h"

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "integration/dev_agent/authentication.h"
#include "protos/mesos/v1/mesos_json.h"

namespace mesos_executor::dev_agent {
namespace {

using mesos::v1::CheckInfo;
using mesos::v1::CheckStatusInfo;
using mesos::v1::TaskStatus;
using mesos::v1::executor::Call;

absl::Status Missing(absl::string_view field) {
  return absl::InvalidArgumentError(absl::StrCat("Expecting '", field, "' to be present"));
}

// stout's uuid.hpp: 16 bytes of a version that RFC 4122 knows.
bool IsUuid(const std::string& bytes) {
  if (bytes.size() != 16) return false;
  const int version = static_cast<unsigned char>(bytes[6]) >> 4;
  return version >= 1 && version <= 5;
}

absl::Status ValidateCheckStatus(const CheckStatusInfo& status) {
  if (!status.has_type()) {
    return absl::InvalidArgumentError("CheckStatusInfo must specify 'type'");
  }
  const auto expect = [](bool has, absl::string_view field, absl::string_view type) {
    return has ? absl::OkStatus()
               : absl::InvalidArgumentError(absl::StrCat("Expecting '", field, "' to be set for ",
                                                         type, " check's status"));
  };
  switch (status.type()) {
    case CheckInfo::COMMAND:
      return expect(status.has_command(), "command", "COMMAND");
    case CheckInfo::HTTP:
      return expect(status.has_http(), "http", "HTTP");
    case CheckInfo::TCP:
      return expect(status.has_tcp(), "tcp", "TCP");
    case CheckInfo::UNKNOWN:
      return absl::InvalidArgumentError("'UNKNOWN' is not a valid check's status type");
  }
  return absl::OkStatus();
}

absl::Status ValidateStatus(const Call& call, const TaskStatus& status) {
  if (!status.has_uuid()) return Missing("uuid");
  if (!IsUuid(status.uuid())) return absl::InvalidArgumentError("Not a valid UUID");
  const std::string& executor = call.executor_id().value();
  const std::string whose =
      absl::StrCat("executor ", executor, " of framework ", call.framework_id().value());
  if (status.has_executor_id() && status.executor_id().value() != executor) {
    return absl::InvalidArgumentError(
        absl::StrCat("ExecutorID in Call: ", executor,
                     " does not match ExecutorID in TaskStatus: ", status.executor_id().value()));
  }
  if (status.source() != TaskStatus::SOURCE_EXECUTOR || !status.has_source()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "Received Call from ", whose, " with invalid source, expecting 'SOURCE_EXECUTOR'"));
  }
  if (status.state() == mesos::v1::TASK_STAGING) {
    return absl::InvalidArgumentError(
        absl::StrCat("Received TASK_STAGING from ", whose, " which is not allowed"));
  }
  return status.has_check_status() ? ValidateCheckStatus(status.check_status()) : absl::OkStatus();
}

absl::Status Validate(const Call& call) {
  if (!call.has_type()) return Missing("type");
  switch (call.type()) {
    case Call::SUBSCRIBE:
      return call.has_subscribe() ? absl::OkStatus() : Missing("subscribe");
    case Call::UPDATE:
      return call.has_update() ? ValidateStatus(call, call.update().status()) : Missing("update");
    case Call::MESSAGE:
      return call.has_message() ? absl::OkStatus() : Missing("message");
    case Call::HEARTBEAT:
    case Call::UNKNOWN:
      return absl::OkStatus();
  }
  return absl::OkStatus();
}

Answer BadRequest(absl::string_view text) { return Answer{.code = 400, .body = std::string(text)}; }

Answer NotRecovered() { return Answer{.code = 503, .body = "Agent has not finished recovery"}; }

// What is answered before anything is known of the caller.
std::optional<Answer> CheckPath(const RawCall& request, AgentPhase phase) {
  const bool with_id = request.path == "/slave(1)/api/v1/executor";
  // The socket's own server lets nothing else through (slave.cpp, Slave::initialize).
  if (request.on_unix_socket && !with_id && request.path != "/slave(1)/api/v1") {
    return Answer{.code = 403, .body = "403 Forbidden."};
  }
  if (phase == AgentPhase::kNoRoutes) return Answer{.code = 404, .body = "404 Not Found."};
  if (request.path != "/api/v1/executor" && !with_id) {
    // The operator API, of which we have nothing, takes all paths below /api/v1.
    if (absl::StartsWith(request.path, "/api/v1") ||
        absl::StartsWith(request.path, "/slave(1)/api/v1")) {
      return BadRequest("Failed to validate agent::Call: Expecting 'type' to be present");
    }
    return Answer{.code = 404, .body = "404 Not Found."};
  }
  return std::nullopt;
}

// The call, or why there is none.
std::variant<Answer, Call> ParseCall(const RawCall& request) {
  if (request.method != "POST") {
    return Answer{.code = 405,
                  .body = absl::StrCat("405 Method Not Allowed. Expecting one of { 'POST' }, but "
                                       "received '",
                                       request.method, "'."),
                  .header = "Allow: POST"};
  }
  if (!request.content_type) return BadRequest("Expecting 'Content-Type' to be present");
  Call call;
  if (*request.content_type == MediaTypeName(MediaType::kProtobuf)) {
    if (!call.ParseFromString(request.body)) {
      return BadRequest("Failed to parse body into Call protobuf");
    }
  } else if (*request.content_type == MediaTypeName(MediaType::kJson)) {
    if (auto status = ParseMesosJson(request.body, &call); !status.ok()) {
      return BadRequest(status.message());
    }
  } else {
    return Answer{.code = 415,
                  .body = "Expecting 'Content-Type' of application/json or application/x-protobuf"};
  }
  if (auto status = Validate(call); !status.ok()) {
    return BadRequest(absl::StrCat("Failed to validate Executor::Call: ", status.message()));
  }
  return call;
}

}  // namespace

std::variant<Answer, AcceptedCall> CheckCall(const RawCall& request,
                                             const KnownExecutor& executor) {
  if (auto answer = CheckPath(request, executor.phase)) return *std::move(answer);
  Claims claims;
  if (executor.jwt_secret) {
    auto result = Authenticate(request.authorization, *executor.jwt_secret);
    if (auto* answer = std::get_if<Answer>(&result)) return std::move(*answer);
    claims = std::get<Claims>(std::move(result));
  }
  if (executor.phase == AgentPhase::kUnrecovered) return NotRecovered();
  auto parsed = ParseCall(request);
  if (auto* answer = std::get_if<Answer>(&parsed)) return std::move(*answer);
  AcceptedCall accepted{.call = std::get<Call>(std::move(parsed))};
  const Call& call = accepted.call;

  // JSON wins where both are allowed.
  if (request.accept && !Accepts(*request.accept, MediaType::kJson)) {
    if (!Accepts(*request.accept, MediaType::kProtobuf)) {
      return Answer{
          .code = 406,
          .body = "Expecting 'Accept' to allow 'application/x-protobuf' or 'application/json'"};
    }
    accepted.events = MediaType::kProtobuf;
  }

  if (call.type() == Call::HEARTBEAT) return Answer{};
  if (executor.phase == AgentPhase::kRecovering && call.type() != Call::SUBSCRIBE) {
    return NotRecovered();
  }
  if (executor.framework_id.empty() || call.framework_id().value() != executor.framework_id) {
    return BadRequest("Framework cannot be found");
  }
  if (call.executor_id().value() != executor.executor_id) {
    return BadRequest("Executor cannot be found");
  }
  if (executor.jwt_secret) {
    const Claims expected =
        ExecutorClaims(executor.framework_id, executor.executor_id, executor.container_id);
    if (auto answer = CheckClaims(claims, expected)) return *std::move(answer);
  }
  if (!executor.subscribed && call.type() != Call::SUBSCRIBE) {
    return Answer{.code = 403, .body = "Executor is not subscribed"};
  }
  if (call.type() == Call::UNKNOWN) return Answer{.code = 501, .body = "501 Not Implemented."};
  return accepted;
}

}  // namespace mesos_executor::dev_agent
