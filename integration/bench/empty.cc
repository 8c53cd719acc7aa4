// The least that a process can be: says that it runs, then waits to be killed. The benchmark's
// limit.
#include <unistd.h>

int main() {
  if (write(STDOUT_FILENO, "r", 1) != 1) return 1;
  pause();
}
