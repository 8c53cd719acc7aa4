// What a shim puts around its task; one implementation for each Containment.
#ifndef SUPERVISOR_PROCESS_ENCLOSURE_H_
#define SUPERVISOR_PROCESS_ENCLOSURE_H_

#include <sys/types.h>

#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "supervisor/process/containment.h"
#include "supervisor/process/exec_child.h"

namespace mesos_executor::process {

// Of one task. Belongs to the shim's only thread, which reaps everything.
class Enclosure {
 public:
  virtual ~Enclosure() = default;

  // As fork(2), with the child inside. Once.
  virtual pid_t Fork() = 0;

  // Adds what the child has to do to be at home there.
  virtual void Amend(ExecPlan& plan) = 0;

  // The main process has been reaped, or could not be forked.
  virtual void MainEnded() = 0;

  // Kills what lives. Call it again after each SIGCHLD, or when the result has passed without one
  // (at once if it is zero), until no child is left.
  virtual absl::Duration Kill() = 0;

  // No child is left: gives back what was made. Takes at most a fraction of a second.
  virtual void Leave() = 0;
};

struct Enclosed {
  std::unique_ptr<Enclosure> enclosure;
  ContainmentOutcome outcome;
};

// What was asked for, or a subreaper and why. This process must be a subreaper with no child yet.
Enclosed Enclose(Containment asked);

// The three kinds. Errors: why it isn't possible here; then nothing has changed.
std::unique_ptr<Enclosure> MakeSubreaperEnclosure();
absl::StatusOr<std::unique_ptr<Enclosure>> MakeCgroupEnclosure();
absl::StatusOr<std::unique_ptr<Enclosure>> MakePidNamespaceEnclosure();

}  // namespace mesos_executor::process

#endif  // SUPERVISOR_PROCESS_ENCLOSURE_H_
