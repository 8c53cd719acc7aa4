#include "supervisor/process/containment.h"

namespace mesos_executor::process {
namespace {

constexpr absl::string_view kNames[] = {"subreaper", "cgroup", "pid-namespace"};

}  // namespace

absl::string_view ContainmentName(Containment containment) {
  return kNames[static_cast<size_t>(containment)];
}

std::optional<Containment> ContainmentNamed(absl::string_view name) {
  for (Containment containment :
       {Containment::kSubreaper, Containment::kCgroup, Containment::kPidNamespace}) {
    if (name == ContainmentName(containment)) return containment;
  }
  return std::nullopt;
}

}  // namespace mesos_executor::process
