#include "supervisor/process/tree_terminator.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "supervisor/process/descendants.h"

namespace mesos_executor::process {
namespace {

// One look may miss a process while others end.
constexpr int kMaxLooks = 8;

// TASK_COMM_LEN without its NUL.
constexpr size_t kLongestName = 15;

bool Lists(const std::vector<std::string>& exclusions, const std::string& name) {
  return std::any_of(exclusions.begin(), exclusions.end(), [&](const std::string& excluded) {
    return excluded.substr(0, kLongestName) == name;
  });
}

}  // namespace

void TerminateDescendants(const std::vector<std::string>& exclusions) {
  std::vector<pid_t> children = Children(getpid()).value_or(std::vector<pid_t>());
  std::set<ProcessId> all;
  for (int look = 0; look < kMaxLooks; ++look) {
    const size_t before = all.size();
    const std::vector<ProcessId> found = Descendants(getpid(), SpareNone);
    all.insert(found.begin(), found.end());
    if (all.size() == before) break;
  }
  // Those that /proc hides (proc(5), hidepid) have no name to go by. Only we reap our children, so
  // that their numbers are theirs.
  std::erase_if(children, [&](pid_t pid) {
    const auto seen = all.lower_bound({pid, 0});
    return seen != all.end() && seen->pid == pid;
  });
  if (!exclusions.empty()) {
    std::erase_if(all, [&](const ProcessId& process) { return Lists(exclusions, Name(process)); });
  }
  for (const ProcessId& process : all) Signal(process, SIGTERM);
  for (const ProcessId& process : all) Signal(process, SIGCONT);
  for (pid_t hidden : children) {
    kill(hidden, SIGTERM);
    kill(hidden, SIGCONT);
  }
}

}  // namespace mesos_executor::process
