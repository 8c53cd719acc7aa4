// Eats memory again and again: a child eats up to 1 GiB, and each time that the kernel kills one
// for it there is another. To be run under a smaller limit; without one it fails. `eats_memory
// once` eats by itself.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

namespace {

[[noreturn]] void Eat() {
  // The kernel is to choose this process, and neither its parent nor a stranger.
  const int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (fd < 0 || write(fd, "1000", 4) != 4) _exit(1);
  constexpr size_t kMost = 1 << 30, kPage = 4096;
  void* const memory =
      mmap(nullptr, kMost, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) _exit(1);
  for (size_t at = 0; at < kMost; at += kPage) static_cast<volatile char*>(memory)[at] = 1;
  _exit(1);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1) Eat();
  const pid_t feeder = fork();
  if (feeder < 0) return 1;
  if (feeder > 0) {
    waitpid(feeder, nullptr, 0);
    return 1;
  }
  for (bool first = true;; first = false) {
    const pid_t eater = fork();
    if (eater == 0) Eat();
    int status;
    if (eater < 0 || waitpid(eater, &status, 0) != eater || !WIFSIGNALED(status)) return 1;
    if (first && write(STDOUT_FILENO, "ready\n", 6) != 6) return 1;
    // So that others get to work, too.
    const timespec moment{.tv_sec = 0, .tv_nsec = 50'000'000};
    nanosleep(&moment, nullptr);
  }
}
