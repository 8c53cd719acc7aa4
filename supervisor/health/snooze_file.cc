#include "supervisor/health/snooze_file.h"

#include <sys/stat.h>

#include "absl/strings/str_cat.h"

namespace mesos_executor::health {

bool IsSnoozed(const std::string& sandbox, const std::string& name) {
  if (name.empty()) return false;
  struct stat found;
  return lstat(absl::StrCat(sandbox, "/", name).c_str(), &found) == 0 && S_ISREG(found.st_mode);
}

}  // namespace mesos_executor::health
