// Writes to stdout as fast as it can, for ever, and takes no more than 8 MiB of the disk: a file is
// cut back to its first line each time.
#include <unistd.h>

#include <cstring>

int main() {
  constexpr char kReady[] = "ready\n";
  constexpr size_t kLine = sizeof(kReady) - 1, kMost = 8 << 20;
  if (write(STDOUT_FILENO, kReady, kLine) != static_cast<ssize_t>(kLine)) return 1;
  char flood[1 << 16];
  memset(flood, '\n', sizeof(flood));
  for (;;) {
    for (size_t written = 0; written < kMost;) {
      const ssize_t size = write(STDOUT_FILENO, flood, sizeof(flood));
      if (size < 0) return 1;
      written += size;
    }
    // Of a pipe there is nothing to cut.
    if (ftruncate(STDOUT_FILENO, kLine) != 0) continue;
  }
}
