// A process's environment, read once: the variables that it was started with, and the rule by which
// settings are found.
#ifndef SUPERVISOR_BASE_ENVIRONMENT_H_
#define SUPERVISOR_BASE_ENVIRONMENT_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace mesos_executor {

// Before the name of a setting of ours.
inline constexpr absl::string_view kSettingPrefix = "ALLEGRO_EXECUTOR_";

class Environment {
 public:
  Environment() = default;
  explicit Environment(std::map<std::string, std::string, std::less<>> variables)
      : variables_(std::move(variables)) {}
  // From "NAME=value" strings up to a null pointer; the first of several equal names counts, as
  // with getenv(3).
  static Environment FromBlock(const char* const* block);

  // The variable of exactly that name.
  std::optional<std::string> Get(absl::string_view name) const;
  // A setting of the seed's: ALLEGRO_EXECUTOR_<name> if set, else <name>.
  std::optional<std::string> Setting(absl::string_view name) const;

  const std::map<std::string, std::string, std::less<>>& variables() const { return variables_; }

 private:
  std::map<std::string, std::string, std::less<>> variables_;
};

// Variables that are kept from the task; each one is ours or a secret of our sidecars.
// `name` is an exact name, or starts with ALLEGRO_EXECUTOR_.
bool IsKeptFromTask(absl::string_view name);

// Of those, the ones whose value is a secret, or may be: what a private sidecar alone is told
// (ALLEGRO_EXECUTOR_SIDECAR_<NAME>_SET_<X>) is.
bool IsSecret(absl::string_view name);

// Overwrites the values of the secrets in the process's own initial block, so that
// /proc/PID/environ no longer shows them (proc(5)). Strings that came from the block are empty
// afterwards: read it first.
void OverwriteSecrets(char** block);

}  // namespace mesos_executor

#endif  // SUPERVISOR_BASE_ENVIRONMENT_H_
