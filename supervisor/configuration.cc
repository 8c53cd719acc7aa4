#include "supervisor/configuration.h"

#include <sys/socket.h>

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "supervisor/base/duration_text.h"
#include "supervisor/base/endpoint.h"

namespace mesos_executor {
namespace {

// Replaces `duration` by the variable's value where there is a good one.
void ReadDuration(const char* name, const std::optional<std::string>& value,
                  absl::Duration* duration, std::vector<std::string>* warnings) {
  if (!value.has_value() || value->empty()) return;
  const absl::StatusOr<absl::Duration> parsed = ParseDuration(*value);
  if (parsed.ok() && *parsed >= absl::ZeroDuration()) {
    *duration = *parsed;
    return;
  }
  warnings->push_back(absl::StrCat(name, "=", *value,
                                   " is not a duration such as 5s or 5secs; taking ",
                                   absl::FormatDuration(*duration)));
}

}  // namespace

absl::StatusOr<Configuration> Configuration::FromEnvironment(const Environment& environment) {
  Configuration result;
  absl::StatusOr<agent::AgentSettings> agent =
      agent::AgentSettings::FromEnvironment(environment, &result.warnings);
  if (!agent.ok()) return agent.status();
  result.agent = *std::move(agent);
  ReadDuration("ALLEGRO_EXECUTOR_STATE_UPDATE_WAIT_TIMEOUT",
               environment.Setting("STATE_UPDATE_WAIT_TIMEOUT"), &result.limits.acknowledgement,
               &result.warnings);
  ReadDuration("MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD",
               environment.Get("MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD"),
               &result.limits.shutdown_grace, &result.warnings);
  ReadDuration("ALLEGRO_EXECUTOR_KILL_POLICY_GRACE_PERIOD",
               environment.Setting("KILL_POLICY_GRACE_PERIOD"), &result.limits.kill_grace,
               &result.warnings);
  ReadDuration("ALLEGRO_EXECUTOR_RANDOM_EXPIRATION_RANGE",
               environment.Setting("RANDOM_EXPIRATION_RANGE"), &result.expiration_range,
               &result.warnings);
  result.sandbox =
      environment.Get("MESOS_SANDBOX").value_or(environment.Get("MESOS_DIRECTORY").value_or("."));
  result.public_ip = environment.Setting("CLOUD_PUBLIC_IP").value_or("");
  if (!result.public_ip.empty() && AddressFamily(result.public_ip) == AF_UNSPEC) {
    result.warnings.push_back(
        absl::StrCat("CLOUD_PUBLIC_IP=", result.public_ip,
                     " is not an IP address; checking the task's health at loopback"));
    result.public_ip.clear();
  }
  result.sigterm_exclusions =
      absl::StrSplit(environment.Setting("SIGTERM_EXCLUDE_PROCESSES").value_or(""),
                     absl::ByAnyChar(", "), absl::SkipEmpty());
  if (const auto name = environment.Get("ALLEGRO_EXECUTOR_CONTAINMENT"); name.has_value()) {
    const std::optional<process::Containment> named = process::ContainmentNamed(*name);
    if (named.has_value()) {
      result.containment = *named;
    } else {
      result.warnings.push_back(
          absl::StrCat("ALLEGRO_EXECUTOR_CONTAINMENT=", *name,
                       " is none of subreaper, cgroup, pid-namespace; taking subreaper"));
    }
  }
  // Go's strconv.ParseBool, which the seed uses, has more spellings; these are the ones that people
  // write.
  const std::string debug = environment.Setting("DEBUG").value_or("");
  result.debug = debug == "true" || debug == "1";
  if (environment.Setting("SENTRY_DSN").has_value()) {
    result.warnings.push_back(
        "ALLEGRO_EXECUTOR_SENTRY_DSN does nothing here: errors are in this log");
  }
  return result;
}

}  // namespace mesos_executor
