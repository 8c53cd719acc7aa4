#include "supervisor/process/descendants.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <memory>
#include <utility>

#include "absl/status/status.h"
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

absl::Status Malformed(pid_t pid) {
  return absl::InternalError(absl::StrCat("/proc/", pid, "/stat is not as proc(5) has it"));
}

absl::StatusOr<Stat> ReadStat(pid_t pid) {
  const absl::StatusOr<std::string> text =
      ReadBoundedFile(absl::StrCat("/proc/", pid, "/stat"), kMaxStat);
  if (!text.ok()) return text.status();
  // The name is the task's own choice and may hold spaces and brackets: the last bracket ends it.
  const size_t name = text->find('('), end = text->rfind(')');
  if (name == std::string::npos || end == std::string::npos) return Malformed(pid);
  const std::vector<absl::string_view> fields =
      absl::StrSplit(absl::string_view(*text).substr(end + 1), ' ', absl::SkipEmpty());
  // proc(5) counts from 1 and these begin with its field 3: state, ppid, ..., num_threads (20),
  // ..., starttime (22).
  Stat stat{.name = text->substr(name + 1, end - name - 1)};
  if (fields.size() < 20 || !absl::SimpleAtoi(fields[1], &stat.parent) ||
      !absl::SimpleAtoi(fields[17], &stat.threads) ||
      !absl::SimpleAtoi(fields[19], &stat.start_time)) {
    return Malformed(pid);
  }
  stat.state = fields[0][0];
  return stat;
}

// The entries of a folder of /proc that are numbers.
absl::StatusOr<std::vector<pid_t>> Numbers(const std::string& path) {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir(path.c_str()), closedir);
  if (!folder) return absl::ErrnoToStatus(errno, absl::StrCat("open ", path));
  std::vector<pid_t> numbers;
  errno = 0;
  while (const dirent* entry = readdir(folder.get())) {
    pid_t number;
    if (absl::SimpleAtoi(entry->d_name, &number)) numbers.push_back(number);
  }
  if (errno != 0) return absl::ErrnoToStatus(errno, absl::StrCat("read ", path));
  return numbers;
}

// Kernels before 4.2, and some since, are built without it.
bool KernelListsChildren() {
  static const bool lists =
      access(absl::StrCat("/proc/self/task/", gettid(), "/children").c_str(), R_OK) == 0;
  return lists;
}

absl::StatusOr<std::vector<pid_t>> ListedChildren(pid_t pid) {
  const std::string folder = absl::StrCat("/proc/", pid, "/task");
  const absl::StatusOr<std::vector<pid_t>> threads = Numbers(folder);
  if (!threads.ok()) return threads.status();
  std::vector<pid_t> children;
  for (pid_t thread : *threads) {
    const absl::StatusOr<std::string> list =
        ReadBoundedFile(absl::StrCat(folder, "/", thread, "/children"), kMaxChildren);
    // It has ended since.
    if (absl::IsNotFound(list.status())) continue;
    if (!list.ok()) return list.status();
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
      const absl::StatusOr<Stat> child = ReadStat(pid);
      if (child.ok() && !child->dead() && child->parent == parent.pid) {
        found.push_back({pid, child->start_time});
      }
    }
    // A listed child may have ended and its number, or its parent's, been given again: these are
    // ours only as they say so themselves and their parent is still the same process.
    if (found.size() == before) return;
    const absl::StatusOr<Stat> same = ReadStat(parent.pid);
    if (!same.ok() || same->start_time != parent.start_time) found.resize(before);
  };
  const absl::StatusOr<Stat> stat = ReadStat(root);
  if (!stat.ok()) return found;
  add_children({root, stat->start_time}, spared);
  for (size_t i = 0; i < found.size(); ++i) {
    const ProcessId parent = found[i];
    add_children(parent, SpareNone);
  }
  return found;
}

}  // namespace

absl::StatusOr<Families> ScanFamilies() {
  const absl::StatusOr<std::vector<pid_t>> all = Numbers("/proc");
  if (!all.ok()) return all.status();
  Families families;
  for (pid_t pid : *all) {
    const absl::StatusOr<Stat> stat = ReadStat(pid);
    if (stat.ok()) families[stat->parent].push_back(pid);
    // All other errors are those of a process that has ended since, or that is hidden.
    if (absl::IsResourceExhausted(stat.status())) return stat.status();
  }
  return families;
}

absl::StatusOr<std::vector<pid_t>> Children(pid_t pid) {
  if (KernelListsChildren()) return ListedChildren(pid);
  absl::StatusOr<Families> families = ScanFamilies();
  if (!families.ok()) return families.status();
  return std::move((*families)[pid]);
}

std::vector<ProcessId> Descendants(pid_t root, absl::FunctionRef<bool(pid_t)> spared) {
  if (KernelListsChildren()) {
    return Descend(root, spared,
                   [](pid_t pid) { return ListedChildren(pid).value_or(std::vector<pid_t>()); });
  }
  return DescendantsIn(ScanFamilies().value_or(Families()), root, spared);
}

std::vector<ProcessId> DescendantsIn(const Families& families, pid_t root,
                                     absl::FunctionRef<bool(pid_t)> spared) {
  return Descend(root, spared, [&families](pid_t parent) {
    const auto children = families.find(parent);
    return children == families.end() ? std::vector<pid_t>() : children->second;
  });
}

std::string Name(const ProcessId& process) {
  absl::StatusOr<Stat> stat = ReadStat(process.pid);
  return stat.ok() && stat->start_time == process.start_time ? std::move(stat->name) : "";
}

bool Signal(const ProcessId& process, int signal) {
  // Before Linux 5.3, or with no descriptor left, the check alone must do.
  // By number: glibc 2.36 declares its functions for C only.
  const UniqueFd pidfd(static_cast<int>(syscall(SYS_pidfd_open, process.pid, 0)));
  const absl::StatusOr<Stat> stat = ReadStat(process.pid);
  if (!stat.ok() || stat->start_time != process.start_time) {
    errno = ESRCH;
    return false;
  }
  if (pidfd.valid()) return syscall(SYS_pidfd_send_signal, pidfd.get(), signal, nullptr, 0) == 0;
  return kill(process.pid, signal) == 0;
}

std::vector<std::string> DescribeDescendants(pid_t root, absl::FunctionRef<bool(pid_t)> spared) {
  std::vector<std::string> lines;
  for (const ProcessId& process : Descendants(root, spared)) {
    const absl::StatusOr<Stat> stat = ReadStat(process.pid);
    if (!stat.ok() || stat->start_time != process.start_time) continue;
    // Signal 0 only asks (kill(2)).
    const bool refused = kill(process.pid, 0) != 0 && errno == EPERM;
    lines.push_back(absl::StrCat(process.pid, " (", stat->name, ", state ",
                                 std::string(1, stat->state),
                                 refused ? ", of a user whom we may not signal)" : ")"));
  }
  return lines;
}

}  // namespace mesos_executor::process
