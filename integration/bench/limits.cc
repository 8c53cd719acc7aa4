#include "integration/bench/limits.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "supervisor/base/subprocess.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor::bench {

absl::StatusOr<BareLife> LiveBare(const std::string& empty_program) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return absl::ErrnoToStatus(errno, "pipe2");
  const UniqueFd output(ends[0]);
  UniqueFd input(ends[1]);
  BareLife life;
  const absl::Time begun = absl::Now();
  const absl::StatusOr<pid_t> pid = Spawn({.argv = {empty_program}, .stdout_fd = input.get()});
  if (!pid.ok()) return pid.status();
  input.Reset();
  char byte;
  const bool ran = read(output.get(), &byte, 1) == 1;
  life.start = absl::Now() - begun;
  const absl::StatusOr<MemoryCost> memory = MemoryOf({*pid});
  const absl::Time killed = absl::Now();
  kill(*pid, SIGKILL);
  waitpid(*pid, nullptr, 0);
  life.kill = absl::Now() - killed;
  if (!ran) return absl::InternalError(empty_program + " ended without a word");
  if (!memory.ok()) return memory.status();
  life.memory = *memory;
  return life;
}

absl::StatusOr<ShimmedLife> LiveUnderShim(const std::string& tree_life_program,
                                          const std::string& empty_program) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return absl::ErrnoToStatus(errno, "pipe2");
  const UniqueFd output(ends[0]);
  UniqueFd input(ends[1]);
  const absl::StatusOr<pid_t> pid =
      Spawn({.argv = {tree_life_program, empty_program}, .stdout_fd = input.get()});
  if (!pid.ok()) return pid.status();
  input.Reset();
  std::string text;
  char buffer[64];
  for (ssize_t got; (got = read(output.get(), buffer, sizeof(buffer))) > 0;) {
    text.append(buffer, got);
  }
  waitpid(*pid, nullptr, 0);
  double start, kill;
  if (std::sscanf(text.c_str(), "%lf %lf", &start, &kill) != 2) {
    return absl::InternalError(tree_life_program + " ended without two numbers");
  }
  return ShimmedLife{.start = absl::Milliseconds(start), .kill = absl::Milliseconds(kill)};
}

}  // namespace mesos_executor::bench
