// Asks a task over HTTP to stop.
#ifndef SUPERVISOR_GRACEFUL_STOP_STOP_REQUEST_H_
#define SUPERVISOR_GRACEFUL_STOP_STOP_REQUEST_H_

#include <cstddef>
#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "supervisor/base/http_client.h"
#include "supervisor/event_loop/event_loop.h"
#include "supervisor/graceful_stop/stop_definition.h"

namespace mesos_executor::graceful_stop {

// POSTs to paths[number]. Calls `done` once, on the loop's thread, never before it returns: OK if
// the task has been asked, so that it can be expected to end: it answered with a status from 200 to
// 399, or got the request and gave no answer that can be read. Other statuses are
// FailedPrecondition; a task that can't be reached is Unavailable. Has no time limit of its own:
// destroying the result ends it, and `done` is then never called.
[[nodiscard]] std::unique_ptr<Pending> RequestStop(HttpClient* client,
                                                   const StopDefinition& definition, size_t number,
                                                   absl::AnyInvocable<void(absl::Status)> done);

}  // namespace mesos_executor::graceful_stop

#endif  // SUPERVISOR_GRACEFUL_STOP_STOP_REQUEST_H_
