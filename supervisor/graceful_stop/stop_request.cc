#include "supervisor/graceful_stop/stop_request.h"

#include <glog/logging.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace mesos_executor::graceful_stop {
namespace {

// As much of an answer as is read, so that the task sees no connection that breaks.
constexpr size_t kMostBody = 64 << 10;

// A task may obey by closing, or by ending, before it has answered.
bool WasSent(const absl::Status& failure) {
  return !absl::IsInvalidArgument(failure) && !absl::IsUnavailable(failure);
}

absl::Status Judge(const absl::StatusOr<HttpResponse>& response) {
  if (!response.ok()) {
    return WasSent(response.status()) ? absl::OkStatus() : response.status();
  }
  if (response->status >= 200 && response->status < 400) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("status ", response->status));
}

}  // namespace

std::unique_ptr<Pending> RequestStop(HttpClient* client, const StopDefinition& definition,
                                     size_t number, absl::AnyInvocable<void(absl::Status)> done) {
  CHECK_LT(number, definition.paths.size());
  HttpRequest request{.endpoint = definition.endpoint,
                      .method = "POST",
                      .target = definition.paths[number],
                      .headers = {{"User-Agent", "mesos-executor"}, {"Accept", "*/*"}},
                      .timeout = absl::InfiniteDuration(),
                      .max_body = kMostBody,
                      .cut_long_body = true};
  return client->Send(std::move(request),
                      [done = std::move(done)](absl::StatusOr<HttpResponse> response) mutable {
                        done(Judge(response));
                      });
}

}  // namespace mesos_executor::graceful_stop
