// What a task's main process does between fork and exec.
//
// Laws of exec_child.cc, so that it may run in a child of anything: only async-signal-safe calls
// (signal-safety(7)), no allocation, no lock, no log. All that can be looked up is looked up before
// the fork; what fails is told as a step and an errno.
#ifndef SUPERVISOR_PROCESS_EXEC_CHILD_H_
#define SUPERVISOR_PROCESS_EXEC_CHILD_H_

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "supervisor/process/launch_spec.h"

namespace mesos_executor::process {

// In the order in which they happen. The first two are the shim's, before the child exists.
enum class ExecStep : int32_t {
  kLaunchSpec,
  kFork,
  kSession,
  kProc,
  kSignals,
  kLimit,
  kGroups,
  kGroup,
  kUser,
  kDescriptors,
  kDeathSignal,
  kProgram,
  kCount,
};

// For messages: "<name> <what, where there is one>: <errno>".
inline constexpr std::array kExecStepNames = {
    "read launch spec", "fork",   "setsid", "mount /proc", "reset signals",           "setrlimit",
    "setgroups",        "setgid", "setuid", "dup2",        "prctl(PR_SET_PDEATHSIG)", "exec",
};
static_assert(kExecStepNames.size() == static_cast<size_t>(ExecStep::kCount));

struct ExecFailure {
  ExecStep step = ExecStep::kLaunchSpec;
  int32_t error = 0;
  // Of kLimit: which (RLIMIT_*).
  int32_t resource = 0;
};

// Nothing in it is owned. Arrays of strings end with a null pointer.
struct ExecPlan {
  // Paths to try, in order.
  const char* const* candidates = nullptr;
  char* const* argv = nullptr;
  char* const* environment = nullptr;
  // "/bin/sh", a free place for the candidate, then the arguments: for a script without "#!", as
  // execvp(3) has it.
  const char** shell_argv = nullptr;

  const ResourceLimit* limits = nullptr;
  size_t limit_count = 0;

  // Enter a mount namespace with a /proc of the child's PID namespace.
  bool private_proc = false;

  bool switch_user = false;
  uid_t uid = 0;
  gid_t gid = 0;
  const gid_t* groups = nullptr;
  size_t group_count = 0;

  // -1: as the parent's.
  int stdout_fd = -1;
  int stderr_fd = -1;

  // With whose end the program is killed.
  pid_t parent = 0;
  // Takes one ExecFailure. Closed by the exec, so that its end without a word means success.
  int failure_fd = -1;
};

// Becomes the program, or writes why not and exits with 127. All signals must be blocked when it is
// called.
[[noreturn]] void ExecChild(const ExecPlan& plan);

}  // namespace mesos_executor::process

#endif  // SUPERVISOR_PROCESS_EXEC_CHILD_H_
