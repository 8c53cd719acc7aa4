// Signals as events of the loop.
#ifndef SUPERVISOR_EVENT_LOOP_SIGNAL_WATCH_H_
#define SUPERVISOR_EVENT_LOOP_SIGNAL_WATCH_H_

#include <initializer_list>
#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "supervisor/event_loop/event_loop.h"

namespace mesos_executor {

// Blocks `signals` in the calling thread, and so in every thread that it starts later: call it
// before any is started. Calls `callback` with the number of each one that arrives, until the
// result is destroyed; they stay blocked. Children inherit the mask: reset it before exec. Errors:
// the failed system call.
absl::StatusOr<std::unique_ptr<Pending>> WatchSignals(
    EventLoop* loop, std::initializer_list<int> signals,
    absl::AnyInvocable<void(int signal)> callback);

}  // namespace mesos_executor

#endif  // SUPERVISOR_EVENT_LOOP_SIGNAL_WATCH_H_
