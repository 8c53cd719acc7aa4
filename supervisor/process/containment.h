// How a task's processes are held together.
#ifndef SUPERVISOR_PROCESS_CONTAINMENT_H_
#define SUPERVISOR_PROCESS_CONTAINMENT_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace mesos_executor::process {

// In each of them the shim is a subreaper, and the tree is gone when the shim has no child left.
enum class Containment : int32_t {
  // Needs no privilege. Shim and supervisor killed at the same instant leave what has escaped from
  // the main process.
  kSubreaper,
  // Besides, a cgroup v2 named `agent` below ours, which must be the leaf of a Mesos container: the
  // one name that Mesos doesn't take for a container of its own when it recovers. A kill is one
  // stroke. Shim and supervisor killed at the same instant leave it to the agent, which destroys it
  // with the container. Needs Linux 5.14.
  kCgroup,
  // A PID namespace, and a /proc that fits: its end ends all that is in it, also when shim and
  // supervisor are killed at the same instant. Needs CAP_SYS_ADMIN.
  kPidNamespace,
};

// "subreaper", "cgroup", "pid-namespace".
absl::string_view ContainmentName(Containment containment);
std::optional<Containment> ContainmentNamed(absl::string_view name);

// What a launch got.
struct ContainmentOutcome {
  Containment used = Containment::kSubreaper;
  // Why it isn't what was asked for; empty if it is.
  std::string why_not;
};

}  // namespace mesos_executor::process

#endif  // SUPERVISOR_PROCESS_CONTAINMENT_H_
