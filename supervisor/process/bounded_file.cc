#include "supervisor/process/bounded_file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor::process {

absl::StatusOr<std::string> ReadBoundedFile(const std::string& path, size_t max_size) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return absl::ErrnoToStatus(errno, absl::StrCat("open ", path));
  std::string text;
  char buffer[4096];
  while (text.size() < max_size) {
    const ssize_t got = read(fd.get(), buffer, std::min(sizeof(buffer), max_size - text.size()));
    if (got < 0) return absl::ErrnoToStatus(errno, absl::StrCat("read ", path));
    if (got == 0) break;
    text.append(buffer, got);
  }
  return text;
}

}  // namespace mesos_executor::process
