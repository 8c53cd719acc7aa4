#include "supervisor/base/check_type.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace mesos_executor {
namespace {

// The two have the same kinds.
template <typename Check>
absl::StatusOr<typename Check::Type> KindOf(const Check& check) {
  const struct {
    typename Check::Type type;
    bool is_set;
  } kinds[] = {{Check::COMMAND, check.has_command()},
               {Check::HTTP, check.has_http()},
               {Check::TCP, check.has_tcp()}};
  if (check.type() != Check::UNKNOWN) {
    for (const auto& kind : kinds) {
      if (kind.type == check.type() && kind.is_set) return kind.type;
    }
    const std::string& name = Check::Type_Name(check.type());
    return absl::InvalidArgumentError(
        absl::StrCat("type is ", name, ", but ", absl::AsciiStrToLower(name), " is not set"));
  }
  typename Check::Type found = Check::UNKNOWN;
  for (const auto& kind : kinds) {
    if (!kind.is_set) continue;
    if (found != Check::UNKNOWN) {
      return absl::InvalidArgumentError(
          "more than one of command, http and tcp is set, and no type says which one counts");
    }
    found = kind.type;
  }
  if (found == Check::UNKNOWN) {
    return absl::InvalidArgumentError("none of command, http and tcp is set");
  }
  return found;
}

}  // namespace

absl::StatusOr<mesos::v1::HealthCheck::Type> TypeOf(const mesos::v1::HealthCheck& check) {
  return KindOf(check);
}

absl::StatusOr<mesos::v1::CheckInfo::Type> TypeOf(const mesos::v1::CheckInfo& check) {
  return KindOf(check);
}

}  // namespace mesos_executor
