// What resists being killed for a while, and what is hidden from who must kill it.
#include "supervisor/process/tree_killer.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "supervisor/base/unique_fd.h"
#include "supervisor/process/private_proc.h"
#include "supervisor/process/tree_terminator.h"

namespace mesos_executor::process {
namespace {

// In children that end with it.
void Require(bool done, const char* what) {
  if (done) return;
  perror(what);
  _exit(1);
}

// By system calls: a sanitizer's thread may be in this child, and needn't follow.
void BecomeNobody() {
  constexpr uid_t kNobody = 65534;
  Require(syscall(SYS_setgroups, 0, nullptr) == 0, "setgroups");
  Require(syscall(SYS_setresgid, kNobody, kNobody, kNobody) == 0, "setresgid");
  Require(syscall(SYS_setresuid, kNobody, kNobody, kNobody) == 0, "setresuid");
}

// Goes on when a byte comes, and ends with `wake`'s other end.
void AwaitByte(const UniqueFd& wake) {
  char byte;
  if (read(wake.get(), &byte, 1) != 1) _exit(0);
}

struct Victim {
  pid_t pid;
  // Wakes it; it ends with this.
  UniqueFd wake;
};

Victim ForkVictim(absl::FunctionRef<void(const UniqueFd&)> life) {
  int ends[2];
  Require(pipe(ends) == 0, "pipe");
  UniqueFd reader(ends[0]), writer(ends[1]);
  const pid_t pid = fork();
  if (pid == 0) {
    writer.Reset();
    for (;;) life(reader);
  }
  return {pid, std::move(writer)};
}

// Follows Round's rules until no child is left.
void KillAll(TreeKiller& killer) {
  sigset_t ended;
  sigemptyset(&ended);
  sigaddset(&ended, SIGCHLD);
  sigprocmask(SIG_BLOCK, &ended, nullptr);
  for (;;) {
    const timespec wait = absl::ToTimespec(killer.Round(SpareNone));
    pid_t reaped;
    while ((reaped = waitpid(-1, nullptr, WNOHANG)) > 0) {
    }
    if (reaped < 0) return;
    sigtimedwait(&ended, nullptr, &wait);
  }
}

class TreeKillerTest : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "only root can be two users";
    // The watchdog: SIGALRM ends the test program, and with it what it waits for.
    alarm(60);
  }
  void TearDown() override { alarm(0); }

  // As the only thing below this process; it ends well by returning.
  void InChild(absl::FunctionRef<void()> body) {
    const pid_t child = fork();
    if (child == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      body();
      _exit(0);
    }
    int status;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }

  // As a nobody whose /proc shows only processes that it may trace (proc(5), hidepid), and that
  // forks a victim which it may signal but not trace.
  void BesideAHiddenVictim(absl::FunctionRef<void(pid_t)> body) {
    // hidepid was one for a whole PID namespace before Linux 5.8.
    InChild([&] {
      Require(unshare(CLONE_NEWPID) == 0, "unshare");
      InChild([&] {
        Require(MountPrivateProc(), "mount /proc");
        Require(mount("proc", "/proc", "proc", MS_REMOUNT, "hidepid=2") == 0, "hidepid");
        // A change of user makes a process undumpable (prctl(2)), and what it forks too.
        BecomeNobody();
        const Victim victim = ForkVictim(AwaitByte);
        Require(access(absl::StrCat("/proc/", victim.pid).c_str(), F_OK) != 0, "hide");
        body(victim.pid);
      });
      if (HasFailure()) _exit(1);
    });
  }
};

TEST_F(TreeKillerTest, AProcessThatMayBeSignalledOnlyLaterIsKilledThen) {
  InChild([] {
    const Victim victim = ForkVictim([](const UniqueFd& wake) {
      AwaitByte(wake);
      BecomeNobody();
      AwaitByte(wake);
    });
    BecomeNobody();
    TreeKiller killer;
    while (killer.Round(SpareNone) == absl::ZeroDuration()) {
    }
    Require(kill(victim.pid, 0) != 0 && errno == EPERM, "be refused");
    Require(write(victim.wake.get(), "", 1) == 1, "write");
    KillAll(killer);
  });
}

TEST_F(TreeKillerTest, AChildThatProcHidesIsKilled) {
  BesideAHiddenVictim([](pid_t) {
    TreeKiller killer;
    KillAll(killer);
  });
}

TEST_F(TreeKillerTest, AChildThatProcHidesIsTerminatedWhateverItsName) {
  BesideAHiddenVictim([](pid_t victim) {
    TerminateDescendants({"tree_killer_test"});
    int status;
    Require(waitpid(victim, &status, 0) == victim && WIFSIGNALED(status), "wait");
    Require(WTERMSIG(status) == SIGTERM, "terminate");
  });
}

}  // namespace
}  // namespace mesos_executor::process
