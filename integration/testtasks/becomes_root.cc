// With the setuid bit and root as its owner: becomes root for good, as su and sudo do, so that
// whoever started it may send it no signal (kill(2)). Ignores SIGTERM.
#include <signal.h>
#include <unistd.h>

int main() {
  signal(SIGTERM, SIG_IGN);
  if (setresuid(0, 0, 0) != 0) return 1;
  if (write(STDOUT_FILENO, "ready\n", 6) != 6) return 1;
  for (;;) pause();
}
