#include "integration/quickstart/processes.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor::quickstart {
namespace {

// Linux's own limits on arguments and environment are 32 pages a string and 2 MiB by default.
constexpr size_t kMaxFile = 4 << 20;

// Empty where the process is gone or not ours to read.
std::string Contents(const std::string& path) {
  const UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string contents;
  char bytes[16 << 10];
  ssize_t size;
  while (file.valid() && contents.size() < kMaxFile &&
         (size = read(file.get(), bytes, sizeof bytes)) > 0) {
    contents.append(bytes, static_cast<size_t>(size));
  }
  return contents;
}

std::string Program(const std::string& process) {
  char path[PATH_MAX];
  const ssize_t size = readlink(absl::StrCat("/proc/", process, "/exe").c_str(), path, sizeof path);
  return std::string(path, static_cast<size_t>(std::max<ssize_t>(size, 0)));
}

// From "PID (NAME) STATE PPID ..." (proc(5)); NAME may hold anything. None for what is dead.
std::optional<Process> ParseStat(absl::string_view stat) {
  const size_t open = stat.find('(');
  const size_t close = stat.rfind(')');
  if (open == absl::string_view::npos || close == absl::string_view::npos || close < open) {
    return std::nullopt;
  }
  const std::vector<absl::string_view> rest =
      absl::StrSplit(stat.substr(close + 1), ' ', absl::SkipEmpty());
  Process process;
  if (rest.size() < 2 || rest[0] == "Z" || rest[0] == "X" ||
      !absl::SimpleAtoi(stat.substr(0, open), &process.pid) ||
      !absl::SimpleAtoi(rest[1], &process.parent)) {
    return std::nullopt;
  }
  process.name = std::string(stat.substr(open + 1, close - open - 1));
  return process;
}

std::map<pid_t, Process> AllProcesses() {
  std::map<pid_t, Process> all;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir("/proc"), closedir);
  while (const dirent* entry = folder ? readdir(folder.get()) : nullptr) {
    if (entry->d_name[0] < '0' || entry->d_name[0] > '9') continue;
    const auto process = ParseStat(Contents(absl::StrCat("/proc/", entry->d_name, "/stat")));
    if (process) all[process->pid] = *process;
  }
  return all;
}

// The kernel cuts names to 15 characters (TASK_COMM_LEN).
std::string WholeName(const Process& process, absl::string_view program) {
  const absl::string_view file = program.substr(program.rfind('/') + 1);
  const bool cut = process.name.size() == 15 && absl::StartsWith(file, process.name);
  return cut ? std::string(file) : process.name;
}

bool IsDescendant(const std::map<pid_t, Process>& all, const Process& process) {
  pid_t parent = process.parent;
  // As many steps as there are processes: pids that were reused meanwhile could make a circle.
  for (size_t steps = 0; steps < all.size() && parent != getpid(); ++steps) {
    const auto found = all.find(parent);
    if (found == all.end()) return false;
    parent = found->second.parent;
  }
  return parent == getpid();
}

bool HasMark(pid_t pid, absl::string_view mark) {
  const std::string environment = Contents(absl::StrCat("/proc/", pid, "/environ"));
  const std::vector<absl::string_view> variables = absl::StrSplit(environment, '\0');
  return std::find(variables.begin(), variables.end(), mark) != variables.end();
}

}  // namespace

std::string Process::Text() const { return absl::StrCat(name, " ", pid); }

void AdoptOrphans() { prctl(PR_SET_CHILD_SUBREAPER, 1); }

std::vector<Process> LiveProcesses(absl::string_view mark) {
  const std::map<pid_t, Process> all = AllProcesses();
  const std::string self = Program("self");
  std::vector<Process> found;
  for (const auto& [pid, process] : all) {
    const std::string program = Program(absl::StrCat(pid));
    if (pid == getpid() || program == self) continue;
    if (!IsDescendant(all, process) && !HasMark(pid, mark)) continue;
    found.push_back(process);
    found.back().name = WholeName(process, program);
  }
  return found;
}

void KillAll(absl::string_view mark) {
  const absl::Time give_up = absl::Now() + absl::Seconds(5);
  while (absl::Now() < give_up) {
    const std::vector<Process> left = LiveProcesses(mark);
    if (left.empty()) return;
    for (const Process& process : left) kill(process.pid, SIGKILL);
    absl::SleepFor(absl::Milliseconds(10));
  }
}

}  // namespace mesos_executor::quickstart
