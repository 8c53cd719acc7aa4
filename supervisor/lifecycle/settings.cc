#include "supervisor/lifecycle/settings.h"

#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"

namespace mesos_executor::lifecycle {
namespace {

constexpr absl::string_view kPublic[] = {
    "CLOUD_AVAILABILITY_ZONE",
    "CLOUD_DC",
    "CLOUD_HOSTNAME",
    "CLOUD_REGION",
    "CONSUL_GLOBAL_TAG",
    "CONSUL_HOOK_ENABLED",
    "INITIAL_HEALTH_CHECK_STATUS",
    "SERVICELOG_IGNORE_KEYS",
    "SERVICELOG_LINE_LIMIT",
    "SERVICELOG_LOGSTASH_RATE_LIMIT",
    "SERVICELOG_LOGSTASH_SIZE_LIMIT",
    "VAAS_HOOK_ENABLED",
    "VAAS_INITIAL_WEIGHT",
};

// What each of ours may see: all variables that start so, with the prefix or without it.
std::vector<absl::string_view> Families(absl::string_view sidecar, const Environment& environment) {
  if (sidecar == "consul-registrar") return {"CONSUL_", "INITIAL_HEALTH_CHECK_STATUS"};
  if (sidecar == "vaas-registrar") return {"VAAS_", "CLOUD_DC"};
  if (sidecar == "log-shipper") {
    // Consul's token only where receivers are found there.
    if (environment.Setting("SERVICELOG_LOGSTASH_DISCOVERY_SERVICE_NAME").value_or("").empty()) {
      return {"SERVICELOG_", "CLOUD_"};
    }
    return {"SERVICELOG_", "CLOUD_", "CONSUL_"};
  }
  return {};
}

}  // namespace

Settings PublicSettings(const Environment& environment) {
  Settings settings;
  for (absl::string_view name : kPublic) {
    if (auto value = environment.Setting(name)) settings.emplace(name, *std::move(value));
  }
  return settings;
}

Settings PrivateSettings(const Environment& environment, absl::string_view name) {
  Settings settings;
  const std::vector<absl::string_view> families = Families(name, environment);
  for (const auto& [variable, value] : environment.variables()) {
    const absl::string_view bare = absl::StripPrefix(variable, kSettingPrefix);
    for (absl::string_view family : families) {
      if (absl::StartsWith(bare, family)) settings.emplace(variable, value);
    }
  }
  return settings;
}

}  // namespace mesos_executor::lifecycle
