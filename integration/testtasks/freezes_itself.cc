// `freezes_itself CGROUP`: a child moves itself to that cgroup of the v1 freezer and freezes it,
// and so itself: no signal ends it, SIGKILL included, until somebody writes THAWED there. This is
// how a process looks that hangs in a dead disk or network file system.
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <string>

namespace {

bool Write(const std::string& path, const char* text) {
  const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  return fd >= 0 && write(fd, text, strlen(text)) > 0 && close(fd) == 0;
}

std::string Read(const std::string& path) {
  char text[32];
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const ssize_t size = read(fd, text, sizeof(text));
  close(fd);
  return size > 0 ? std::string(text, size) : "";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const std::string cgroup = argv[1];
  const pid_t child = fork();
  if (child == 0) {
    if (!Write(cgroup + "/cgroup.procs", "0")) return 1;
    Write(cgroup + "/freezer.state", "FROZEN");
    for (;;) pause();
  }
  if (child < 0) return 1;
  const timespec moment{.tv_sec = 0, .tv_nsec = 5'000'000};
  while (Read(cgroup + "/freezer.state") != "FROZEN\n") nanosleep(&moment, nullptr);
  if (write(STDOUT_FILENO, "ready\n", 6) != 6) return 1;
  for (;;) pause();
}
