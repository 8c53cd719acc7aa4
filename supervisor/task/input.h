// What can happen to a task, as the task's state machine is told of it.
#ifndef SUPERVISOR_TASK_INPUT_H_
#define SUPERVISOR_TASK_INPUT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "protos/lifecycle/v1/lifecycle.pb.h"
#include "protos/mesos/v1/task_status.pb.h"

namespace mesos_executor::task {

// From the agent.
struct Subscribed {
  // The framework wants TASK_KILLING.
  bool task_killing = false;
};
struct Disconnected {};
struct Launch {
  std::string task_id;
  // TaskInfo.kill_policy.
  std::optional<absl::Duration> kill_grace;
  // TASK_RUNNING waits for the first success of the health check. Only where there is one.
  bool running_when_healthy = false;
  // TaskInfo.check, as "no result yet". Then every update tells the last one.
  std::optional<mesos::v1::CheckStatusInfo> check;
  // TaskInfo.max_completion_time.
  absl::Duration max_completion = absl::InfiniteDuration();
  // The time after which the task is to be killed anyway, and why.
  absl::Duration expires_in = absl::InfiniteDuration();
  std::string expires_why;
  // So many requests to stop come before SIGTERM.
  int stop_requests = 0;
  // Why its command can't be run, where that is plain from the LAUNCH.
  std::string invalid;
};
// A task group, which only Mesos' default executor runs.
struct LaunchGroup {
  std::vector<std::string> task_ids;
};
struct Kill {
  std::string task_id;
  // Kill.kill_policy.
  std::optional<absl::Duration> kill_grace;
};
struct Shutdown {};
// No update can be delivered any more: the connection is gone for good.
struct AgentLost {
  std::string why;
};
// The agent has every update that was made so far.
struct AllSettled {
  // But it called the last one malformed: it will never know the task's end.
  bool terminal_refused = false;
};

// From the sidecars: the phase is over.
struct PhaseDone {
  lifecycle::v1::Phase phase = lifecycle::v1::PHASE_UNSPECIFIED;
  // Which required sidecar failed, and why; empty when the task may go on.
  std::string failure;
  // "NAME=value", for the task.
  std::vector<std::string> environment;
  // Time to pass before SIGTERM.
  absl::Duration hold;
};
// All that was to be told to the sidecars is told.
struct Flushed {};

// From the process tree.
struct Started {};
// The command could not be run. TreeGone follows.
struct LaunchFailed {
  std::string why;
};
struct MainExited {
  // As wait(2) gives it.
  int wait_status = 0;
  // Processes that the kernel has killed for lack of memory, in the whole container.
  int64_t oom_kills = 0;
};
// The request to stop failed: the task won't act on it.
struct StopRefused {};
// Nobody is left to say how the main process ended. All processes are being killed; TreeGone
// follows if they can be.
struct ShimDied {};
struct TreeGone {};

// From the health check.
struct BecameHealthy {};
struct FailedCheck {
  std::string why;
  // It failed too often: the task is to be killed.
  bool kill = false;
};

// From the check, which only informs.
struct CheckChanged {
  mesos::v1::CheckStatusInfo status;
};

// TaskMachine::deadline() has come.
struct DeadlineReached {
  // The task's processes that live, for people: "123 (sleep, state D)", and what holds them. Only
  // wanted in the state kKilling.
  std::vector<std::string> survivors;
  std::string held_by;
};

using Input =
    std::variant<Subscribed, Disconnected, Launch, LaunchGroup, Kill, Shutdown, AgentLost,
                 AllSettled, PhaseDone, Flushed, Started, LaunchFailed, MainExited, ShimDied,
                 TreeGone, StopRefused, BecameHealthy, FailedCheck, CheckChanged, DeadlineReached>;

}  // namespace mesos_executor::task

#endif  // SUPERVISOR_TASK_INPUT_H_
