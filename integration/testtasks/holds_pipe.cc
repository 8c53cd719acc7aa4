// A pipeline that can't end: a child reads until the end of file, as loggers do, and ignores
// SIGTERM, while a daemon holds the pipe's other end open.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

int main() {
  int ends[2];
  if (pipe(ends) != 0) return 1;
  const pid_t reader = fork();
  if (reader == 0) {
    signal(SIGTERM, SIG_IGN);
    close(ends[1]);
    char byte;
    return read(ends[0], &byte, 1) == 0 ? 0 : 1;
  }
  close(ends[0]);
  const pid_t middle = reader < 0 ? -1 : fork();
  if (middle == 0) {
    setsid();
    if (fork() != 0) _exit(0);
    for (;;) pause();
  }
  if (middle < 0 || waitpid(middle, nullptr, 0) != middle) return 1;
  if (write(STDOUT_FILENO, "ready\n", 6) != 6) return 1;
  for (;;) pause();
}
