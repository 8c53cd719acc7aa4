// How a task is asked over HTTP: whether it is well, and to stop.
#ifndef SUPERVISOR_BASE_TASK_REQUEST_H_
#define SUPERVISOR_BASE_TASK_REQUEST_H_

#include <string>

#include "absl/status/status.h"
#include "supervisor/base/endpoint.h"
#include "supervisor/base/http_client.h"

namespace mesos_executor {

// A GET that ends with the answer or by being cancelled: it has no time limit of its own. A long
// body is cut, as only the status and the header count.
HttpRequest NewTaskRequest(TcpEndpoint endpoint, std::string target);

// OK from 200 to 399, as in Mesos' own executors (checks/health_checker.cpp). Otherwise
// FailedPrecondition with the status in its message.
absl::Status JudgeAnswer(const HttpResponse& answer);

}  // namespace mesos_executor

#endif  // SUPERVISOR_BASE_TASK_REQUEST_H_
