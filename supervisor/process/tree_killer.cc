#include "supervisor/process/tree_killer.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>

namespace mesos_executor::process {
namespace {

// What forks so fast that there is something new at every look is killed as far as it is known, and
// then looked at again.
constexpr int kMaxLooks = 16;

constexpr absl::Duration kShortestWait = absl::Milliseconds(1);
// What can't be killed (in an uninterruptible sleep, or of a user whom we may not signal) may stay
// for long, and costs next to nothing. So may what keeps us from looking.
constexpr absl::Duration kLongestWait = absl::Seconds(1);

}  // namespace

absl::Duration TreeKiller::Round(absl::FunctionRef<bool(pid_t)> spared) {
  // Daemons that fork again and again are our own children by now. Nobody else reaps those, so that
  // their numbers are theirs and need no check, which would take longer than they live, and which
  // /proc may refuse (proc(5), hidepid).
  absl::StatusOr<std::vector<pid_t>> children = Children(getpid());
  if (!children.ok()) return kLongestWait;
  std::erase_if(*children, spared);
  for (pid_t pid : *children) kill(pid, SIGSTOP);
  const std::vector<ProcessId> found = Descendants(getpid(), spared);
  bool news = false;
  for (const ProcessId& process : found) {
    if (killed_.count(process) > 0 || !stopped_.insert(process).second) continue;
    Signal(process, SIGSTOP);
    news = true;
  }
  if (news && ++looks_ < kMaxLooks) return absl::ZeroDuration();
  wait_ = stopped_.empty() ? std::clamp(2 * wait_, kShortestWait, kLongestWait) : kShortestWait;
  Kill(found);
  for (pid_t pid : *children) kill(pid, SIGKILL);
  return wait_;
}

void TreeKiller::Kill(const std::vector<ProcessId>& found) {
  // Children first: when a parent dies, the kernel wakes stopped children of a process group that
  // this orphans (setpgid(2)), and they could fork once more. Each as often as it is found: a
  // program that is root for a while refuses meanwhile.
  std::for_each(found.rbegin(), found.rend(),
                [](const ProcessId& victim) { Signal(victim, SIGKILL); });
  killed_ = {found.begin(), found.end()};
  stopped_.clear();
  looks_ = 0;
}

}  // namespace mesos_executor::process
