// The settings of a sidecar's back end, by the seed's names: from the environment, or from a descriptor where they hold secrets.
#ifndef SIDECARS_RUNTIME_SETTINGS_H_
#define SIDECARS_RUNTIME_SETTINGS_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace mesos_executor::sidecar {

// A plain value; lookups are const and may come from any thread. Values may be secrets: never log them.
class Settings {
 public:
  Settings() = default;

  // `environment` is an array like environ(7): "NAME=value", ended by a null pointer. It is copied.
  static Settings FromEnvironment(const char* const* environment);

  // Reads NAME=value, each ended by a zero byte, from `fd` to its end; `fd` stays the caller's. InvalidArgument for an entry
  // without a name or "=", for a missing last zero byte, and for more than 1 MiB; no message quotes a value.
  static absl::StatusOr<Settings> FromDescriptor(int fd);

  // The value of ALLEGRO_EXECUTOR_<name>, else of <name>; the first wins also when it is empty.
  std::optional<std::string> Get(std::string_view name) const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace mesos_executor::sidecar

#endif  // SIDECARS_RUNTIME_SETTINGS_H_
