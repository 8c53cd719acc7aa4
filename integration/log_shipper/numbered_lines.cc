// numbered_lines COUNT [PROGRESS_FILE]: writes so many lines of JSON, of 200 bytes each and
// numbered from 0, to stdout as fast as it can, each by a write(2) of its own. PROGRESS_FILE then
// holds, at any time, how many of these have returned: a uint64_t that outlives its writer.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>

namespace {

constexpr int kSize = 200;

[[noreturn]] void Die(const char* what) {
  fprintf(stderr, "numbered_lines: %s: %s\n", what, strerror(errno));
  exit(1);
}

struct Progress {
  std::atomic<uint64_t> lines;
  std::atomic<uint64_t> nanoseconds;
};

Progress* MapProgress(const char* path) {
  const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0 || ftruncate(fd, sizeof(Progress)) != 0) Die(path);
  void* const memory = mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) Die(path);
  close(fd);
  return static_cast<Progress*>(memory);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    fprintf(stderr, "usage: numbered_lines COUNT [PROGRESS_FILE]\n");
    return 2;
  }
  const uint64_t count = strtoull(argv[1], nullptr, 10);
  Progress nobody_looks = {};
  Progress* const progress = argc > 2 ? MapProgress(argv[2]) : &nobody_looks;
  const auto begun_at = std::chrono::steady_clock::now();
  char line[kSize];
  for (uint64_t i = 0; i < count; ++i) {
    const int begun = snprintf(line, sizeof(line),
                               R"({"time":"2026-01-01T00:00:00.000Z","level":"INFO",)"
                               R"("logger":"numbered","seq":%llu,"msg":")",
                               static_cast<unsigned long long>(i));
    memset(line + begun, 'x', sizeof(line) - begun);
    memcpy(line + sizeof(line) - 3, "\"}\n", 3);
    if (write(STDOUT_FILENO, line, sizeof(line)) != kSize) Die("stdout");
    progress->lines.store(i + 1, std::memory_order_release);
  }
  progress->nanoseconds =
      std::chrono::nanoseconds(std::chrono::steady_clock::now() - begun_at).count();
  return 0;
}
