#include "integration/soak/update_difference.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace mesos_executor {
namespace {

bool IsNewsOfCheck(const std::string& line) {
  return absl::StartsWith(line, "TASK_RUNNING healthy") ||
         absl::StartsWith(line, "TASK_RUNNING unhealthy");
}

}  // namespace

std::string UpdateDifference(const std::vector<std::string>& made,
                             const std::vector<std::string>& seen) {
  // From the end: of equal news it is the newest that must be there.
  size_t left = seen.size();
  for (size_t i = made.size(); i-- > 0;) {
    if (left > 0 && seen[left - 1] == made[i]) {
      --left;
    } else if (!IsNewsOfCheck(made[i]) || i + 1 == made.size() || !IsNewsOfCheck(made[i + 1])) {
      return absl::StrCat("update \"", made[i], "\" is missing, or out of order");
    }
  }
  return left == 0 ? "" : absl::StrCat("nobody made \"", seen[left - 1], "\"");
}

}  // namespace mesos_executor
