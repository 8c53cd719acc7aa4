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
  std::set<ProcessId> all;
  for (int look = 0; look < kMaxLooks; ++look) {
    const size_t before = all.size();
    const std::vector<ProcessId> found = Descendants(getpid(), SpareNone);
    all.insert(found.begin(), found.end());
    if (all.size() == before) break;
  }
  if (!exclusions.empty()) {
    std::erase_if(all, [&](const ProcessId& process) { return Lists(exclusions, Name(process)); });
  }
  for (const ProcessId& process : all) Signal(process, SIGTERM);
  for (const ProcessId& process : all) Signal(process, SIGCONT);
}

}  // namespace mesos_executor::process
