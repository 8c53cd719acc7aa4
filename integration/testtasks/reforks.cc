// Starts daemons that ignore SIGTERM and fork for ever, the parent exiting each time: whoever
// signals one of them by number finds that it is already another one. `reforks N` starts N of them
// and waits.
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <initializer_list>

namespace {

[[noreturn]] void ForkForEver() {
  for (int signal : {SIGTERM, SIGHUP}) ::signal(signal, SIG_IGN);
  // Long enough to leave the processor to others, far too short for anybody to look and then
  // signal.
  const timespec life{.tv_sec = 0, .tv_nsec = 500'000};
  for (;;) {
    nanosleep(&life, nullptr);
    if (fork() > 0) _exit(0);
    setsid();
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int count = argc > 1 ? atoi(argv[1]) : 1;
  for (int i = 0; i < count; ++i) {
    const pid_t middle = fork();
    if (middle == 0) {
      if (fork() != 0) _exit(0);
      ForkForEver();
    }
    if (middle < 0 || waitpid(middle, nullptr, 0) != middle) return 1;
  }
  if (write(STDOUT_FILENO, "ready\n", 6) != 6) return 1;
  for (;;) pause();
}
