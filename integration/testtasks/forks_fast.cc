// A fork storm: every process forks as fast as it can, for ever, and ignores SIGTERM. Only to be
// run where a limit (pids cgroup, RLIMIT_NPROC) stops it; at the limit it tries again at once for
// every process that dies. Should nobody end it, it ends after ten minutes.
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <initializer_list>

int main() {
  for (int signal : {SIGTERM, SIGHUP}) ::signal(signal, SIG_IGN);
  // Nobody waits: the dead leave the room to others at once.
  ::signal(SIGCHLD, SIG_IGN);
  const pid_t first = fork();
  if (first < 0 || (first > 0 && write(STDOUT_FILENO, "ready\n", 6) != 6)) return 1;
  for (const time_t end = time(nullptr) + 600; time(nullptr) < end;) {
    if (fork() >= 0) continue;
    // There is no room: leave the processor to others for a moment.
    const timespec moment{.tv_sec = 0, .tv_nsec = 1'000'000};
    nanosleep(&moment, nullptr);
  }
  return 1;
}
