// The processes below one of ours, and signals to them that can't hit a stranger.
//
// Read from /proc/<pid>/task/<tid>/children (proc(5)), or from a scan of /proc where the kernel
// lacks that file. A list of children is exact only while nothing in it ends, so one look may miss
// a process: whoever needs all looks again until nothing is new. No state, no thread of its own;
// callable from any thread.
#ifndef SUPERVISOR_PROCESS_DESCENDANTS_H_
#define SUPERVISOR_PROCESS_DESCENDANTS_H_

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"

namespace mesos_executor::process {

// One process for ever: a number that the kernel gives again comes with another start time.
struct ProcessId {
  pid_t pid = 0;
  // Clock ticks since boot.
  uint64_t start_time = 0;

  bool operator<(const ProcessId& other) const {
    return std::tie(pid, start_time) < std::tie(other.pid, other.start_time);
  }
};

// The children of `pid`, zombies included, of all its threads. Errors: NotFound (no such process,
// or no /proc), what kept us from looking, such as ResourceExhausted (no descriptor left).
absl::StatusOr<std::vector<pid_t>> Children(pid_t pid);

// The living processes below `root`, each after its parent. Where `spared` is true of a
// child of `root`, that child and what is below it are left out. So is what can't be looked at.
std::vector<ProcessId> Descendants(pid_t root, absl::FunctionRef<bool(pid_t)> spared);

// The same where the kernel has no such file, for Descendants and its test: who is whose child, by
// parent, of one look at all of /proc (errors as above), and the living of them below `root`.
using Families = std::unordered_map<pid_t, std::vector<pid_t>>;
absl::StatusOr<Families> ScanFamilies();
std::vector<ProcessId> DescendantsIn(const Families& families, pid_t root,
                                     absl::FunctionRef<bool(pid_t)> spared);

// For `spared`: everything counts.
inline bool SpareNone(pid_t) { return false; }

// What the kernel calls it (/proc/<pid>/comm); empty if it is gone.
std::string Name(const ProcessId& process);

// Sends `signal` to that very process. False if it is gone or the kernel refused (errno says).
bool Signal(const ProcessId& process, int signal);

// What Descendants finds, for people: "123 (sleep, state D)". What we may not signal, such as a
// setuid program that has become root, is said to be so.
std::vector<std::string> DescribeDescendants(pid_t root, absl::FunctionRef<bool(pid_t)> spared);

}  // namespace mesos_executor::process

#endif  // SUPERVISOR_PROCESS_DESCENDANTS_H_
