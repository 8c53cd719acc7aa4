// A child stops itself; on SIGTERM it exits with 7, once somebody continues it. The parent ignores
// SIGTERM and exits as its child does.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

int main() {
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGTERM, [](int) { _exit(7); });
    raise(SIGSTOP);
    for (;;) pause();
  }
  signal(SIGTERM, SIG_IGN);
  int status;
  if (child < 0 || waitpid(child, &status, WUNTRACED) != child || !WIFSTOPPED(status)) return 1;
  if (write(STDOUT_FILENO, "ready\n", 6) != 6) return 1;
  if (waitpid(child, &status, 0) != child) return 1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
