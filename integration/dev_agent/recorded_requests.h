// The requests whose answers by a real agent are in testdata/malformed_calls.txt.
#ifndef INTEGRATION_DEV_AGENT_RECORDED_REQUESTS_H_
#define INTEGRATION_DEV_AGENT_RECORDED_REQUESTS_H_

#include <map>
#include <string>

#include "integration/dev_agent/call_check.h"

namespace mesos_executor::dev_agent {

// Whose requests they are.
inline constexpr char kRecordedFramework[] = "51f164fe-5e38-4139-975d-c6f749b48558-0002";
inline constexpr char kRecordedExecutor[] = "executor-task-2b1604d6";
inline constexpr char kRecordedTask[] = "task-2b1604d6";

// A call with their ids; `rest` begins with a comma.
std::string CallJson(const std::string& rest);
// An UPDATE whose status is as it should be but for what replaces `from`.
std::string UpdateJson(const std::string& from = "", const std::string& to = "");

RawCall JsonCall(std::string body);
RawCall ProtobufCall(std::string body);

// By their names in the transcript.
std::map<std::string, RawCall> RecordedRequests();

}  // namespace mesos_executor::dev_agent

#endif  // INTEGRATION_DEV_AGENT_RECORDED_REQUESTS_H_
