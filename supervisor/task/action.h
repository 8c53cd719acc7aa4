// What the task's state machine wants done. Whoever runs it does them in order.
#ifndef SUPERVISOR_TASK_ACTION_H_
#define SUPERVISOR_TASK_ACTION_H_

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "protos/lifecycle/v1/lifecycle.pb.h"
#include "protos/mesos/v1/task_status.pb.h"

namespace mesos_executor::task {

struct SendUpdate {
  std::string task_id;
  mesos::v1::TaskState state = mesos::v1::TASK_RUNNING;
  std::string message;
  std::optional<mesos::v1::TaskStatus::Reason> reason;
  std::optional<bool> healthy;
  std::optional<mesos::v1::CheckStatusInfo> check_status;
};

// Tell the sidecars of a phase; the one in progress no longer matters. Answer with PhaseDone for
// BEFORE_START, HEALTHY and BEFORE_TERMINATE.
struct AskSidecars {
  lifecycle::v1::Phase phase = lifecycle::v1::PHASE_UNSPECIFIED;
  lifecycle::v1::Health health = lifecycle::v1::HEALTH_UNKNOWN;
  // No sidecar gets longer than this, whatever its own deadline.
  absl::Duration cap = absl::InfiniteDuration();
};
// The phase in progress no longer matters: no PhaseDone for it.
struct CancelAsk {};
// Tell them TERMINATED and leave; the phase in progress no longer matters. Answer with Flushed, at
// the latest after `bound`.
struct FinishSidecars {
  absl::Duration bound;
};

// Answer with Started or LaunchFailed, then MainExited, and with TreeGone at the end in every case.
struct LaunchProcess {
  // Added to the task's environment.
  std::vector<std::string> environment;
};
// Ask the task to stop, by the request with this number (from 0). Answer with StopRefused if it
// can't be asked; if it can, its end is the answer.
struct RequestStop {
  int number = 0;
};
// SIGTERM to every process of the task.
struct TerminateTree {};
// SIGKILL to every process of the task until none is left.
struct KillTree {};

// The health check and the check, where the task has them.
struct StartChecks {};
struct StopChecks {};

// The last action of all.
struct Exit {
  int code = 0;
  std::string why;
};

using Action = std::variant<SendUpdate, AskSidecars, CancelAsk, FinishSidecars, LaunchProcess,
                            RequestStop, TerminateTree, KillTree, StartChecks, StopChecks, Exit>;

}  // namespace mesos_executor::task

#endif  // SUPERVISOR_TASK_ACTION_H_
