// Which of the supervisor's own settings are passed on to sidecars.
#ifndef SUPERVISOR_LIFECYCLE_SETTINGS_H_
#define SUPERVISOR_LIFECYCLE_SETTINGS_H_

#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "supervisor/base/environment.h"

namespace mesos_executor::lifecycle {

// Settings by name, as a sidecar is told them.
using Settings = std::map<std::string, std::string>;

// The settings that every sidecar may know: a closed list, nothing secret. By name, without the
// prefix.
Settings PublicSettings(const Environment& environment);

// What the private sidecar `name` of ours needs besides: its back end's endpoint and credentials,
// named as found. Nothing for other people's sidecars, whose settings are named for them
// (sidecar_config.h).
Settings PrivateSettings(const Environment& environment, absl::string_view name);

}  // namespace mesos_executor::lifecycle

#endif  // SUPERVISOR_LIFECYCLE_SETTINGS_H_
