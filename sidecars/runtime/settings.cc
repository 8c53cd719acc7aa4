#include "sidecars/runtime/settings.h"

#include <errno.h>
#include <unistd.h>

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace mesos_executor::sidecar {
namespace {

constexpr std::string_view kPrefix = "ALLEGRO_EXECUTOR_";
constexpr size_t kMaxBytes = size_t{1} << 20;

absl::StatusOr<std::string> ReadAll(int fd) {
  std::string bytes;
  char buffer[4096];
  for (;;) {
    const ssize_t count = read(fd, buffer, sizeof(buffer));
    if (count == 0) return bytes;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return absl::ErrnoToStatus(errno, absl::StrCat("reading the settings from descriptor ", fd));
    bytes.append(buffer, count);
    if (bytes.size() > kMaxBytes) {
      return absl::InvalidArgumentError(
          absl::StrCat("more than ", kMaxBytes, " bytes of settings on descriptor ", fd));
    }
  }
}

}  // namespace

Settings Settings::FromEnvironment(const char* const* environment) {
  Settings settings;
  for (; *environment != nullptr; ++environment) {
    const std::string_view entry = *environment;
    const size_t equals = entry.find('=');
    // As getenv(3) has it: the first of two entries with one name counts.
    if (equals != entry.npos) settings.values_.emplace(entry.substr(0, equals), entry.substr(equals + 1));
  }
  return settings;
}

absl::StatusOr<Settings> Settings::FromDescriptor(int fd) {
  const absl::StatusOr<std::string> bytes = ReadAll(fd);
  if (!bytes.ok()) return bytes.status();
  Settings settings;
  std::string_view rest = *bytes;
  for (int number = 1; !rest.empty(); ++number) {
    const size_t end = rest.find('\0');
    const size_t equals = rest.substr(0, end).find('=');
    if (end == rest.npos || equals == rest.npos || equals == 0) {
      return absl::InvalidArgumentError(absl::StrCat("setting ", number, " on descriptor ", fd,
                                                     " is not NAME=value ended by a zero byte"));
    }
    settings.values_.emplace(rest.substr(0, equals), rest.substr(equals + 1, end - equals - 1));
    rest.remove_prefix(end + 1);
  }
  return settings;
}

std::optional<std::string> Settings::Get(std::string_view name) const {
  auto found = values_.find(absl::StrCat(std::string(kPrefix), std::string(name)));
  if (found == values_.end()) found = values_.find(name);
  if (found == values_.end()) return std::nullopt;
  return found->second;
}

}  // namespace mesos_executor::sidecar
