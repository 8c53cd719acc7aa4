// Starts a daemon by the book: two forks and a session of its own, so that neither process group,
// session nor parent leads to it. The daemon ignores SIGTERM and SIGHUP and lives for ever.
// `daemonizes N` then exits with N; without argument it lives on.
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <initializer_list>

int main(int argc, char** argv) {
  const pid_t middle = fork();
  if (middle == 0) {
    setsid();
    if (fork() != 0) _exit(0);
    for (int signal : {SIGTERM, SIGHUP}) ::signal(signal, SIG_IGN);
    if (write(STDOUT_FILENO, "ready\n", 6) != 6) return 1;
    for (;;) pause();
  }
  if (middle < 0 || waitpid(middle, nullptr, 0) != middle) return 1;
  if (argc > 1) return atoi(argv[1]);
  for (;;) pause();
}
