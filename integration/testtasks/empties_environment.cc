// Executes itself with an empty environment, so that no mark in /proc/PID/environ finds it; a
// daemon does the same.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

void ExecuteAs(const char* role) {
  char* const argv[] = {const_cast<char*>(role), nullptr};
  char* const environment[] = {nullptr};
  execve("/proc/self/exe", argv, environment);
  _exit(1);
}

}  // namespace

int main(int, char** argv) {
  switch (argv[0][0]) {
    case '1':
      if (write(STDOUT_FILENO, "ready\n", 6) != 6) return 1;
      [[fallthrough]];
    case '2':
      for (;;) pause();
  }
  // Closed by the daemon's exec: then it, too, has no environment.
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return 1;
  const pid_t middle = fork();
  if (middle == 0) {
    setsid();
    if (fork() != 0) _exit(0);
    ExecuteAs("2");
  }
  char byte;
  if (middle < 0 || waitpid(middle, nullptr, 0) != middle || close(ends[1]) != 0 ||
      read(ends[0], &byte, 1) != 0) {
    return 1;
  }
  ExecuteAs("1");
}
