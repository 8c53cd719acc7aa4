// How the time of a task's end is divided.
#ifndef SUPERVISOR_TASK_END_BUDGET_H_
#define SUPERVISOR_TASK_END_BUDGET_H_

#include "absl/time/time.h"
#include "supervisor/task/limits.h"

namespace mesos_executor::task {

// Pure. Of the grace period, which starts when the task is first asked to stop, each request to
// stop has an equal part, SIGTERM has the last, and SIGKILL ends it. A SHUTDOWN cuts the whole to
// what the agent gives: a quarter for the sidecars, then the task, and at its end room for SIGKILL,
// the last update and its acknowledgement, so that we are gone before the agent kills us.
class EndBudget {
 public:
  explicit EndBudget(const Limits& limits) : limits_(limits) {}

  // A SHUTDOWN came. Another one gives no more time.
  void ShutDown(absl::Time now);
  // Somebody wants the end within this grace period: the shortest one counts.
  void ShortenGrace(absl::Duration grace);
  // The task is asked to stop from now on.
  void BeginStop(absl::Time now) { stop_begun_ = now; }

  // For the sidecars' before-terminate; InfiniteDuration where only their own deadlines count.
  absl::Duration DrainCap(absl::Time now) const;
  // After BeginStop: when the request with this number (from 0) has had its time, of so many.
  absl::Time StopRequestEnd(int request, int requests) const;
  // After BeginStop: when SIGKILL is due.
  absl::Time KillAt() const;
  // After SIGKILL: when what lives is taken for unkillable.
  absl::Time UnkillableAt(absl::Time now) const;
  // After the last update: for the sidecars to undo.
  absl::Duration FlushBound(absl::Time now) const;
  // After the last update: when to leave without its acknowledgement. Without a connection only a
  // SHUTDOWN bounds it.
  absl::Time LeaveAt(absl::Time now, bool connected) const;

 private:
  // When all must be over because of SHUTDOWN, but never without the least time.
  absl::Time OverBy(absl::Time now) const;

  const Limits limits_;
  absl::Duration grace_ = absl::InfiniteDuration();
  absl::Time stop_begun_;
  absl::Time shutdown_by_ = absl::InfiniteFuture();
};

}  // namespace mesos_executor::task

#endif  // SUPERVISOR_TASK_END_BUDGET_H_
