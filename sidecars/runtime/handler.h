// What a sidecar does with the tasks it is told of: the one interface between the runtime and each
// sidecar's own logic.
#ifndef SIDECARS_RUNTIME_HANDLER_H_
#define SIDECARS_RUNTIME_HANDLER_H_

#include <sys/types.h>

#include <compare>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "protos/lifecycle/v1/lifecycle.pb.h"

namespace mesos_executor::sidecar {

// To whom a task's state belongs. The uid is the peer's, as the kernel says (SO_PEERCRED).
struct TaskKey {
  uid_t uid = 0;
  std::string framework_id;
  std::string executor_id;
  std::string task_id;

  auto operator<=>(const TaskKey&) const = default;
};

// What a task's supervisor last said of it.
struct TaskState {
  lifecycle::v1::Phase phase = lifecycle::v1::PHASE_UNSPECIFIED;
  lifecycle::v1::Health health = lifecycle::v1::HEALTH_UNKNOWN;
};

// An answer without its number, which the runtime fills in.
struct Reply {
  lifecycle::v1::Answer::Outcome outcome = lifecycle::v1::Answer::OK;
  std::string message;
  // To BEFORE_START only: added to the task's environment.
  std::vector<std::pair<std::string, std::string>> environment;
  // To BEFORE_TERMINATE only: time to let pass before SIGTERM.
  absl::Duration hold;
};

// May be called later, more than once (PENDING, then OK), or never; harmless when the stream is
// gone.
using ReplyCallback = absl::AnyInvocable<void(Reply)>;

// Remembers, durably, what would have to be undone for a task. The runtime implements it.
class Memory {
 public:
  virtual ~Memory() = default;
  // Replaces what is remembered for the task. On disk when it returns, so call it before doing what
  // may have to be undone.
  virtual void Remember(const TaskKey& key, const std::string& record) = 0;
  // There is nothing left to undo.
  virtual void Forget(const TaskKey& key) = 0;
};

// Implemented by each sidecar. All calls come on the loop's thread. Calls are idempotent: the same
// state may come again.
class Handler {
 public:
  virtual ~Handler() = default;

  // A supervisor attached, or attached again: this is who it is (the incarnation), its task, and
  // the task's present state. Whatever the handler did for the task, for another incarnation too,
  // should now be made to fit.
  virtual void OnState(const TaskKey& key, const lifecycle::v1::Attach& attach,
                       const TaskState& state) = 0;

  // A phase was reached. `reply` answers it; where `deadline` is zero nobody waits.
  virtual void OnPhase(const TaskKey& key, const TaskState& state, absl::Duration deadline,
                       ReplyCallback reply) = 0;

  // What an earlier process of this sidecar remembered for a task that may still live; if it
  // cannot, Undo follows at once. Called before any OnState.
  virtual void OnRecovered(const TaskKey& key, const std::string& record) = 0;

  // The task is gone without a word (its supervisor died, the lease ran out, or the host was
  // restarted): undo all that was done for it, trying again until it is, then call Memory::Forget.
  virtual void Undo(const TaskKey& key) = 0;

  // Calls `done` when nothing is under way for any task that is gone, so that a private sidecar may
  // exit.
  virtual void WhenIdle(absl::AnyInvocable<void()> done) = 0;
};

}  // namespace mesos_executor::sidecar

#endif  // SIDECARS_RUNTIME_HANDLER_H_
