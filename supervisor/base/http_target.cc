#include "supervisor/base/http_target.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace mesos_executor {
namespace {

constexpr size_t kLongest = 8 << 10;

}  // namespace

absl::Status CheckHttpTarget(absl::string_view target) {
  if (target.size() > kLongest) {
    return absl::InvalidArgumentError(
        absl::StrCat("has ", target.size(), " bytes, more than ", kLongest));
  }
  if (!absl::StartsWith(target, "/")) {
    return absl::InvalidArgumentError("does not start with /");
  }
  if (!std::all_of(target.begin(), target.end(), absl::ascii_isgraph)) {
    return absl::InvalidArgumentError(
        "has blanks, control characters or bytes outside ASCII: write them as %XX");
  }
  return absl::OkStatus();
}

}  // namespace mesos_executor
