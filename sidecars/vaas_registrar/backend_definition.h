// Which backends VaaS should have of a task, and in which directors: a pure function of the task's
// labels, ports and settings.
#ifndef SIDECARS_VAAS_REGISTRAR_BACKEND_DEFINITION_H_
#define SIDECARS_VAAS_REGISTRAR_BACKEND_DEFINITION_H_

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "protos/lifecycle/v1/lifecycle.pb.h"

namespace mesos_executor::vaas {

// What tells a backend from all others, before VaaS is asked which id the director has.
struct BackendName {
  std::string director;
  std::string address;
  uint16_t port = 0;

  auto operator<=>(const BackendName&) const = default;
};

// The weight rises from 1 to `to`.
struct WeightRamp {
  int to = 0;
  absl::Duration over;

  bool operator==(const WeightRamp&) const = default;
};

// One backend of one director. Names hold letters, digits and `-._~` only, and so can be part of a
// URL as they are.
struct BackendDefinition {
  // The director's name and the data centre's symbol; VaaS knows which ids they have.
  std::string director;
  std::string dc;
  // IPv4: VaaS takes nothing else.
  std::string address;
  uint16_t port = 0;
  // 0 to 100; none: as VaaS has it by default. At first, where there is a ramp.
  std::optional<int> weight;
  std::optional<WeightRamp> ramp;
  std::vector<std::string> tags;

  BackendName name() const { return {director, address, port}; }
  bool operator==(const BackendDefinition&) const = default;
};

struct TaskDefinition {
  // One a director, in the order of the label; empty where the task asks for nothing.
  std::vector<BackendDefinition> backends;
  // How long after their removal the task should still serve.
  absl::Duration drain_delay;
  // For the log: each names a label or a setting that counts as absent, and why.
  std::vector<std::string> warnings;
};

// The rules, all of them the seed's where nothing else is said:
//
//  - No label `director`, or an empty one, or VAAS_HOOK_ENABLED=false: nothing.
//
//  - The port is the first with a label `frontend-sync:<director>`, whatever its value, else the
//    task's first.
//
//  - The data centre is CLOUD_DC.
//
//  - The weight is N of the task's first label `weight:N` with the value `tag`; VAAS_INITIAL_WEIGHT
//    goes before it. What is no number counts as absent.
//
//  - A label `canary` that is not empty gives the tag `canary`.
//
// Ours: `director` may be a list, separated by commas, of at most 32 names; spaces around them,
// empty ones and repetitions don't count. A weight that VaaS would refuse counts as absent.
// `executor-weight-ramp` is a duration, such as 5m or 5mins, over which the weight rises from 1 to
// the one above; without a weight above 1 it counts as absent. `executor-drain-delay` is one, too.
//
// InvalidArgument, with what to do about it, for what VaaS would refuse: no port, a port that is
// none, no CLOUD_DC, an address that isn't IPv4, names with other characters than those above.
absl::StatusOr<TaskDefinition> DefineBackends(const lifecycle::v1::Task& task);

}  // namespace mesos_executor::vaas

#endif  // SIDECARS_VAAS_REGISTRAR_BACKEND_DEFINITION_H_
