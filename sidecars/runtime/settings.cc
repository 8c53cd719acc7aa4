#include "sidecars/runtime/settings.h"

#include <errno.h>
#include <unistd.h>

#include <functional>
#include <map>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace mesos_executor::sidecar {
namespace {

// More than an environment can hold (execve(2)).
constexpr size_t kMaxBytes = size_t{2} << 20;

absl::StatusOr<std::string> ReadAll(int fd) {
  std::string bytes;
  char buffer[4096];
  for (;;) {
    const ssize_t count = read(fd, buffer, sizeof(buffer));
    if (count == 0) return bytes;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0)
      return absl::ErrnoToStatus(errno, absl::StrCat("reading the settings from descriptor ", fd));
    bytes.append(buffer, count);
    if (bytes.size() > kMaxBytes) {
      return absl::InvalidArgumentError(
          absl::StrCat("more than ", kMaxBytes, " bytes of settings on descriptor ", fd));
    }
  }
}

}  // namespace

absl::StatusOr<Settings> Settings::FromDescriptor(int fd) {
  const absl::StatusOr<std::string> bytes = ReadAll(fd);
  if (!bytes.ok()) return bytes.status();
  std::map<std::string, std::string, std::less<>> values;
  std::string_view rest = *bytes;
  for (int number = 1; !rest.empty(); ++number) {
    const size_t end = rest.find('\0');
    const size_t equals = rest.substr(0, end).find('=');
    if (end == rest.npos || equals == rest.npos || equals == 0) {
      return absl::InvalidArgumentError(absl::StrCat("setting ", number, " on descriptor ", fd,
                                                     " is not NAME=value ended by a zero byte"));
    }
    values.emplace(rest.substr(0, equals), rest.substr(equals + 1, end - equals - 1));
    rest.remove_prefix(end + 1);
  }
  return Settings(Environment(std::move(values)));
}

}  // namespace mesos_executor::sidecar
