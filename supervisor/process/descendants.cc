#include "supervisor/process/descendants.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "supervisor/base/unique_fd.h"
#include "supervisor/process/bounded_file.h"

namespace mesos_executor::process {
namespace {

// What we need of /proc/<pid>/stat.
struct Stat {
  std::string name;
  char state = 0;
  pid_t parent = 0;
  int threads = 0;
  uint64_t start_time = 0;

  // A zombie of several threads is one whose first thread alone has ended.
  bool dead() const { return (state == 'Z' || state == 'X') && threads <= 1; }
};

constexpr size_t kMaxStat = 4096;
// Of one thread.
constexpr size_t kMaxChildren = 4 << 20;

std::optional<Stat> ReadStat(pid_t pid) {
  const absl::StatusOr<std::string> text =
      ReadBoundedFile(absl::StrCat("/proc/", pid, "/stat"), kMaxStat);
  if (!text.ok()) return std::nullopt;
  // The name is the task's own choice and may hold spaces and brackets: the last bracket ends it.
  const size_t name = text->find('('), end = text->rfind(')');
  if (name == std::string::npos || end == std::string::npos) return std::nullopt;
  const std::vector<absl::string_view> fields =
      absl::StrSplit(absl::string_view(*text).substr(end + 1), ' ', absl::SkipEmpty());
  // proc(5) counts from 1 and these begin with its field 3: state, ppid, ..., num_threads (20),
  // ..., starttime (22).
  Stat stat{.name = text->substr(name + 1, end - name - 1)};
  if (fields.size() < 20 || !absl::SimpleAtoi(fields[1], &stat.parent) ||
      !absl::SimpleAtoi(fields[17], &stat.threads) ||
      !absl::SimpleAtoi(fields[19], &stat.start_time)) {
    return std::nullopt;
  }
  stat.state = fields[0][0];
  return stat;
}

// The entries of a folder of /proc that are numbers.
std::vector<pid_t> Numbers(const std::string& path) {
  std::vector<pid_t> numbers;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir(path.c_str()), closedir);
  if (!folder) return numbers;
  while (const dirent* entry = readdir(folder.get())) {
    pid_t number;
    if (absl::SimpleAtoi(entry->d_name, &number)) numbers.push_back(number);
  }
  return numbers;
}

// Kernels before 4.2, and some since, are built without it.
bool KernelListsChildren() {
  static const bool lists =
      access(absl::StrCat("/proc/self/task/", gettid(), "/children").c_str(), R_OK) == 0;
  return lists;
}

std::vector<pid_t> ListedChildren(pid_t pid) {
  std::vector<pid_t> children;
  const std::string threads = absl::StrCat("/proc/", pid, "/task");
  for (pid_t thread : Numbers(threads)) {
    const absl::StatusOr<std::string> list =
        ReadBoundedFile(absl::StrCat(threads, "/", thread, "/children"), kMaxChildren);
    if (!list.ok()) continue;
    for (absl::string_view word : absl::StrSplit(*list, ' ', absl::SkipWhitespace())) {
      pid_t child;
      if (absl::SimpleAtoi(word, &child)) children.push_back(child);
    }
  }
  return children;
}

std::vector<ProcessId> Descend(pid_t root, absl::FunctionRef<bool(pid_t)> spared,
                               absl::FunctionRef<std::vector<pid_t>(pid_t)> children) {
  std::vector<ProcessId> found;
  const auto add_children = [&](const ProcessId& parent, absl::FunctionRef<bool(pid_t)> skip) {
    const size_t before = found.size();
    for (pid_t pid : children(parent.pid)) {
      if (skip(pid)) continue;
      const std::optional<Stat> child = ReadStat(pid);
      if (child && !child->dead() && child->parent == parent.pid) {
        found.push_back({pid, child->start_time});
      }
    }
    // A listed child may have ended and its number, or its parent's, been given again: these are
    // ours only as they say so themselves and their parent is still the same process.
    if (found.size() == before) return;
    const std::optional<Stat> same = ReadStat(parent.pid);
    if (!same || same->start_time != parent.start_time) found.resize(before);
  };
  const std::optional<Stat> stat = ReadStat(root);
  if (!stat) return found;
  add_children({root, stat->start_time}, spared);
  for (size_t i = 0; i < found.size(); ++i) {
    const ProcessId parent = found[i];
    add_children(parent, SpareNone);
  }
  return found;
}

}  // namespace

Families ScanFamilies() {
  Families families;
  for (pid_t pid : Numbers("/proc")) {
    if (const std::optional<Stat> stat = ReadStat(pid)) families[stat->parent].push_back(pid);
  }
  return families;
}

std::vector<pid_t> Children(pid_t pid) {
  return KernelListsChildren() ? ListedChildren(pid) : ScanFamilies()[pid];
}

std::vector<ProcessId> Descendants(pid_t root, absl::FunctionRef<bool(pid_t)> spared) {
  if (KernelListsChildren()) return Descend(root, spared, ListedChildren);
  return DescendantsIn(ScanFamilies(), root, spared);
}

std::vector<ProcessId> DescendantsIn(const Families& families, pid_t root,
                                     absl::FunctionRef<bool(pid_t)> spared) {
  return Descend(root, spared, [&families](pid_t parent) {
    const auto children = families.find(parent);
    return children == families.end() ? std::vector<pid_t>() : children->second;
  });
}

std::string Name(const ProcessId& process) {
  std::optional<Stat> stat = ReadStat(process.pid);
  return stat && stat->start_time == process.start_time ? std::move(stat->name) : "";
}

bool Signal(const ProcessId& process, int signal) {
  // Before Linux 5.3, or with no descriptor left, the check alone must do.
  // By number: glibc 2.36 declares its functions for C only.
  const UniqueFd pidfd(static_cast<int>(syscall(SYS_pidfd_open, process.pid, 0)));
  const std::optional<Stat> stat = ReadStat(process.pid);
  if (!stat || stat->start_time != process.start_time) {
    errno = ESRCH;
    return false;
  }
  if (pidfd.valid()) return syscall(SYS_pidfd_send_signal, pidfd.get(), signal, nullptr, 0) == 0;
  return kill(process.pid, signal) == 0;
}

std::vector<std::string> DescribeDescendants(pid_t root, absl::FunctionRef<bool(pid_t)> spared) {
  std::vector<std::string> lines;
  for (const ProcessId& process : Descendants(root, spared)) {
    const std::optional<Stat> stat = ReadStat(process.pid);
    if (!stat || stat->start_time != process.start_time) continue;
    // Signal 0 only asks (kill(2)).
    const bool refused = kill(process.pid, 0) != 0 && errno == EPERM;
    lines.push_back(absl::StrCat(process.pid, " (", stat->name, ", state ",
                                 std::string(1, stat->state),
                                 refused ? ", of a user whom we may not signal)" : ")"));
  }
  return lines;
}

}  // namespace mesos_executor::process
