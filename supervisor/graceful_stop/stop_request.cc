#include "supervisor/graceful_stop/stop_request.h"

#include <glog/logging.h>

#include <utility>

#include "supervisor/base/task_request.h"

namespace mesos_executor::graceful_stop {
namespace {

// A task may obey by closing, or by ending, before it has answered.
bool WasSent(const absl::Status& failure) {
  return !absl::IsInvalidArgument(failure) && !absl::IsUnavailable(failure);
}

absl::Status Judge(const absl::StatusOr<HttpResponse>& response) {
  if (!response.ok()) {
    return WasSent(response.status()) ? absl::OkStatus() : response.status();
  }
  return JudgeAnswer(*response);
}

}  // namespace

std::unique_ptr<Pending> RequestStop(HttpClient* client, const StopDefinition& definition,
                                     size_t number, absl::AnyInvocable<void(absl::Status)> done) {
  CHECK_LT(number, definition.paths.size());
  HttpRequest request = NewTaskRequest(definition.endpoint, definition.paths[number]);
  request.method = "POST";
  return client->Send(std::move(request),
                      [done = std::move(done)](absl::StatusOr<HttpResponse> response) mutable {
                        done(Judge(response));
                      });
}

}  // namespace mesos_executor::graceful_stop
