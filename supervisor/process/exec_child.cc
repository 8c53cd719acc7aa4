#include "supervisor/process/exec_child.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "supervisor/process/private_proc.h"

namespace mesos_executor::process {
namespace {

[[noreturn]] void Fail(const ExecPlan& plan, const ExecFailure& failure) {
  // Nobody to tell it to if this fails; 127 is then all that is known.
  [[maybe_unused]] const ssize_t written = write(plan.failure_fd, &failure, sizeof(failure));
  _exit(127);
}

void Require(const ExecPlan& plan, ExecStep step, bool done) {
  if (!done) Fail(plan, {step, errno});
}

void ResetSignals(const ExecPlan& plan) {
  // All zero: SIG_DFL, no flags, no mask. The system call itself, as libc's function refuses the
  // two signals that libc keeps for itself, and those too are inherited when ignored. SIGKILL and
  // SIGSTOP refuse, and need nothing.
  struct KernelSigaction {
    void* handler;
    uintptr_t flags;
    void* restorer;
    uint64_t mask;
  };
  const KernelSigaction action = {};
  for (int signal = 1; signal < NSIG; ++signal) {
    syscall(SYS_rt_sigaction, signal, &action, nullptr, sizeof(action.mask));
  }
  sigset_t none;
  sigemptyset(&none);
  Require(plan, ExecStep::kSignals, sigprocmask(SIG_SETMASK, &none, nullptr) == 0);
}

void SetLimits(const ExecPlan& plan) {
  for (size_t i = 0; i < plan.limit_count; ++i) {
    const ResourceLimit& limit = plan.limits[i];
    const rlimit value{.rlim_cur = limit.soft, .rlim_max = limit.hard};
    // By number: the libc's function takes an enumeration.
    if (syscall(SYS_prlimit64, 0, limit.resource, &value, nullptr) != 0) {
      Fail(plan, {ExecStep::kLimit, errno, limit.resource});
    }
  }
}

void SwitchUser(const ExecPlan& plan) {
  Require(plan, ExecStep::kGroups, setgroups(plan.group_count, plan.groups) == 0);
  Require(plan, ExecStep::kGroup, setgid(plan.gid) == 0);
  Require(plan, ExecStep::kUser, setuid(plan.uid) == 0);
}

// The shim's descriptors all have FD_CLOEXEC, which dup2 drops for the copy.
void SetDescriptor(const ExecPlan& plan, int from, int to) {
  if (from >= 0) Require(plan, ExecStep::kDescriptors, dup2(from, to) == to);
}

// Where execvp(3) goes on to the next folder of PATH.
bool MayBeElsewhere(int error) {
  return error == ENOENT || error == ENOTDIR || error == EACCES || error == ESTALE ||
         error == ENODEV || error == ETIMEDOUT;
}

[[noreturn]] void Exec(const ExecPlan& plan) {
  int error = ENOENT;
  for (const char* const* candidate = plan.candidates; *candidate != nullptr; ++candidate) {
    execve(*candidate, plan.argv, plan.environment);
    if (errno == ENOEXEC) {
      plan.shell_argv[1] = *candidate;
      execve(plan.shell_argv[0], const_cast<char* const*>(plan.shell_argv), plan.environment);
    }
    if (!MayBeElsewhere(errno)) Fail(plan, {ExecStep::kProgram, errno});
    // "Permission denied" for a file that is there says more than "not found" for the next one.
    if (error != EACCES) error = errno;
  }
  Fail(plan, {ExecStep::kProgram, error});
}

}  // namespace

void ExecChild(const ExecPlan& plan) {
  Require(plan, ExecStep::kSession, setsid() >= 0);
  ResetSignals(plan);
  if (plan.private_proc) Require(plan, ExecStep::kProc, MountPrivateProc());
  SetLimits(plan);
  if (plan.switch_user) SwitchUser(plan);
  SetDescriptor(plan, plan.stdout_fd, STDOUT_FILENO);
  SetDescriptor(plan, plan.stderr_fd, STDERR_FILENO);
  // After the user switch, which clears it (prctl(2)). A parent that died before this sent nothing.
  Require(plan, ExecStep::kDeathSignal, prctl(PR_SET_PDEATHSIG, SIGKILL) == 0);
  if (getppid() != plan.parent) raise(SIGKILL);
  Exec(plan);
}

}  // namespace mesos_executor::process
