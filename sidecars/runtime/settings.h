// The settings of a sidecar's back end, by the seed's names: from the environment, or from a
// descriptor where they hold secrets.
#ifndef SIDECARS_RUNTIME_SETTINGS_H_
#define SIDECARS_RUNTIME_SETTINGS_H_

#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "supervisor/base/environment.h"

namespace mesos_executor::sidecar {

// A plain value; lookups are const and may come from any thread. Values may be secrets: never log
// them.
class Settings {
 public:
  explicit Settings(Environment environment) : environment_(std::move(environment)) {}

  // Reads NAME=value, each ended by a zero byte, from `fd` to its end; `fd` stays the caller's.
  // InvalidArgument for an entry without a name or "=", for a missing last zero byte, and for more
  // than 2 MiB; no message quotes a value.
  static absl::StatusOr<Settings> FromDescriptor(int fd);

  // The value of ALLEGRO_EXECUTOR_<name>, else of <name>; the first wins also when it is empty.
  std::optional<std::string> Get(absl::string_view name) const {
    return environment_.Setting(name);
  }

 private:
  Environment environment_;
};

}  // namespace mesos_executor::sidecar

#endif  // SIDECARS_RUNTIME_SETTINGS_H_
