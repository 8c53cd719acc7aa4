#include "integration/bench/limits.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

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

}  // namespace mesos_executor::bench
