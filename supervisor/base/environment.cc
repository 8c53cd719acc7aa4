#include "supervisor/base/environment.h"

#include <string.h>

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace mesos_executor {
namespace {

// What follows this and the sidecar's name and _SET_ may be anything.
constexpr absl::string_view kSidecarPrefix = "ALLEGRO_EXECUTOR_SIDECAR_";

constexpr absl::string_view kSecrets[] = {
    "MESOS_EXECUTOR_AUTHENTICATION_TOKEN",
    "CONSUL_TOKEN",
    "CONSUL_HTTP_TOKEN",
    "CONSUL_HTTP_AUTH",
    "VAAS_USERNAME",
    "VAAS_TOKEN",
};

}  // namespace

Environment Environment::FromBlock(const char* const* block) {
  Environment result;
  for (; *block != nullptr; ++block) {
    const absl::string_view entry = *block;
    const size_t equals = entry.find('=');
    if (equals == absl::string_view::npos) continue;
    result.variables_.emplace(std::string(entry.substr(0, equals)),
                              std::string(entry.substr(equals + 1)));
  }
  return result;
}

std::optional<std::string> Environment::Get(absl::string_view name) const {
  const auto found = variables_.find(name);
  if (found == variables_.end()) return std::nullopt;
  return found->second;
}

std::optional<std::string> Environment::Setting(absl::string_view name) const {
  if (auto prefixed = Get(absl::StrCat(kSettingPrefix, name))) return prefixed;
  return Get(name);
}

bool IsKeptFromTask(absl::string_view name) {
  return absl::StartsWith(name, kSettingPrefix) || IsSecret(name);
}

bool IsSecret(absl::string_view name) {
  if (absl::StartsWith(name, kSidecarPrefix) && absl::StrContains(name, "_SET_")) return true;
  if (absl::StartsWith(name, kSettingPrefix)) name.remove_prefix(kSettingPrefix.size());
  return std::find(std::begin(kSecrets), std::end(kSecrets), name) != std::end(kSecrets);
}

void OverwriteSecrets(char** block) {
  for (; *block != nullptr; ++block) {
    char* const equals = strchr(*block, '=');
    if (equals == nullptr || !IsSecret(absl::string_view(*block, equals - *block))) continue;
    explicit_bzero(equals + 1, strlen(equals + 1));
  }
}

}  // namespace mesos_executor
