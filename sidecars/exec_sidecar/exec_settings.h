// What exec-sidecar runs, and when.
#ifndef SIDECARS_EXEC_SIDECAR_EXEC_SETTINGS_H_
#define SIDECARS_EXEC_SIDECAR_EXEC_SETTINGS_H_

#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "protos/lifecycle/v1/lifecycle.pb.h"
#include "sidecars/runtime/settings.h"

namespace mesos_executor::exec_sidecar {

// As commands and settings have it: "before-start". "" for what isn't a phase.
absl::string_view PhaseName(lifecycle::v1::Phase phase);

struct ExecSettings {
  // For a shell.
  std::string command;
  // All of them, unless some are named.
  std::set<lifecycle::v1::Phase> phases;
  // How long a command may run where nobody waits for it, and at the most where somebody does.
  absl::Duration timeout = absl::Seconds(10);

  // EXEC_COMMAND, EXEC_PHASES and EXEC_TIMEOUT. InvalidArgument names the variable.
  static absl::StatusOr<ExecSettings> From(const sidecar::Settings& settings);
};

}  // namespace mesos_executor::exec_sidecar

#endif  // SIDECARS_EXEC_SIDECAR_EXEC_SETTINGS_H_
