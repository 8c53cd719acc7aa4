#include "supervisor/process/enclosure.h"

#include <string>
#include <utility>

#include "absl/status/status.h"

namespace mesos_executor::process {
namespace {

absl::StatusOr<std::unique_ptr<Enclosure>> Make(Containment containment) {
  switch (containment) {
    case Containment::kSubreaper:
      break;
    case Containment::kCgroup:
      return MakeCgroupEnclosure();
    case Containment::kPidNamespace:
      return MakePidNamespaceEnclosure();
  }
  return MakeSubreaperEnclosure();
}

}  // namespace

Enclosed Enclose(Containment asked) {
  absl::StatusOr<std::unique_ptr<Enclosure>> made = Make(asked);
  if (made.ok()) return {*std::move(made), {.used = asked}};
  return {MakeSubreaperEnclosure(), {.why_not = std::string(made.status().message())}};
}

}  // namespace mesos_executor::process
