#include "supervisor/base/subprocess.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

#include <string_view>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor {
namespace {

std::vector<char*> Pointers(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 1);
  for (const std::string& string : strings) pointers.push_back(const_cast<char*>(string.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

bool HoldsNul(const std::vector<std::string>& strings) {
  for (std::string_view string : strings) {
    if (string.find('\0') != std::string_view::npos) return true;
  }
  return false;
}

// The first error of a row of calls that return one.
class FirstError {
 public:
  void operator()(int error) {
    if (error_ == 0) error_ = error;
  }
  int get() const { return error_; }

 private:
  int error_ = 0;
};

}  // namespace

absl::StatusOr<pid_t> Spawn(const SubprocessSpec& spec) {
  if (spec.argv.empty()) return absl::InvalidArgumentError("nothing to execute: argv is empty");
  const std::string& program = spec.argv[0];
  if (HoldsNul(spec.argv) || HoldsNul(spec.environment) || HoldsNul({spec.working_directory})) {
    return absl::InvalidArgumentError(absl::StrCat("spawn ", program, ": a NUL byte in a string"));
  }

  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  const absl::Cleanup destroy = [&] {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  };
  FirstError check;

  // Copied above all numbers that are wanted first, so that none is overwritten before it has been
  // used.
  const int end = STDERR_FILENO + 1 + static_cast<int>(spec.descriptors.size());
  std::vector<UniqueFd> copies;
  const auto place = [&](int from, int to) {
    if (from < 0) return;
    copies.emplace_back(fcntl(from, F_DUPFD_CLOEXEC, end));
    check(copies.back().valid() ? 0 : errno);
    check(posix_spawn_file_actions_adddup2(&actions, copies.back().get(), to));
  };
  place(spec.stdin_fd, STDIN_FILENO);
  place(spec.stdout_fd, STDOUT_FILENO);
  place(spec.stderr_fd, STDERR_FILENO);
  for (size_t i = 0; i < spec.descriptors.size(); ++i) {
    place(spec.descriptors[i], STDERR_FILENO + 1 + static_cast<int>(i));
  }
  check(posix_spawn_file_actions_addclosefrom_np(&actions, end));
  if (!spec.working_directory.empty()) {
    check(posix_spawn_file_actions_addchdir_np(&actions, spec.working_directory.c_str()));
  }

  sigset_t signals;
  sigemptyset(&signals);
  check(posix_spawnattr_setsigmask(&attributes, &signals));
  sigfillset(&signals);
  check(posix_spawnattr_setsigdefault(&attributes, &signals));
  check(posix_spawnattr_setflags(
      &attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));

  pid_t pid = 0;
  if (check.get() == 0) {
    check(posix_spawn(&pid, program.c_str(), &actions, &attributes, Pointers(spec.argv).data(),
                      Pointers(spec.environment).data()));
  }
  if (check.get() != 0) return absl::ErrnoToStatus(check.get(), absl::StrCat("spawn ", program));
  return pid;
}

}  // namespace mesos_executor
