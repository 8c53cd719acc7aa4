#include "supervisor/base/task_request.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace mesos_executor {
namespace {

// Enough for the pages that services answer with, so that they see no connection that breaks.
constexpr size_t kMostBody = 64 << 10;

}  // namespace

HttpRequest NewTaskRequest(TcpEndpoint endpoint, std::string target) {
  return {.endpoint = std::move(endpoint),
          .target = std::move(target),
          .headers = {{"User-Agent", "mesos-executor"}, {"Accept", "*/*"}},
          .timeout = absl::InfiniteDuration(),
          .max_body = kMostBody,
          .cut_long_body = true};
}

absl::Status JudgeAnswer(const HttpResponse& answer) {
  if (answer.status >= 200 && answer.status < 400) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("status ", answer.status));
}

}  // namespace mesos_executor
