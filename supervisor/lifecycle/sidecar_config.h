// Which sidecars a task has, and how each is to be treated: from the supervisor's environment and
// the task's labels.
#ifndef SUPERVISOR_LIFECYCLE_SIDECAR_CONFIG_H_
#define SUPERVISOR_LIFECYCLE_SIDECAR_CONFIG_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "protos/lifecycle/v1/lifecycle.pb.h"
#include "supervisor/lifecycle/settings.h"

namespace mesos_executor::lifecycle {

// What the task's owner wants where a sidecar refuses, or doesn't answer in time.
enum class Policy {
  // The task goes on.
  kBestEffort,
  // The task fails if before-start isn't answered OK.
  kRequired,
  // The task fails if the first healthy isn't answered OK. A sidecar that is nowhere on this host
  // fails it at before-start.
  kRequiredHealthy,
};

struct SidecarConfig {
  // Lower-case letters, digits and dashes.
  std::string name;
  Policy policy = Policy::kBestEffort;
  // How long the supervisor waits for the answers to the three phases for which it waits at all.
  absl::Duration before_start = absl::Seconds(10);
  absl::Duration healthy = absl::Seconds(10);
  absl::Duration before_terminate = absl::Seconds(2);
  // Where the host's daemon serves.
  std::string socket;
  // What to run where there is no daemon: the file first. Empty: nothing.
  std::vector<std::string> command;
  // Ships the task's output: is sent the descriptors of its spools.
  bool takes_spools = false;
  // What a private one is told, secrets included.
  Settings private_settings;
};

struct SidecarConfigs {
  // In the order in which their environment variables are added to the task's.
  std::vector<SidecarConfig> sidecars;
  // For the log: each names a variable, its value, and what is taken instead. A bad setting never
  // hurts the task.
  std::vector<std::string> warnings;
};

// Reads ALLEGRO_EXECUTOR_SIDECARS, ALLEGRO_EXECUTOR_SIDECAR_DIR and, for each sidecar,
// ALLEGRO_EXECUTOR_SIDECAR_<NAME>_{SOCKET,POLICY,LABELS,COMMAND,DEADLINE_BEFORE_START,DEADLINE_HEALTHY,
// DEADLINE_BEFORE_TERMINATE}, with NAME in upper case and `_` for `-`. LABELS is a list of label
// keys: the sidecar applies to tasks that have one of them. COMMAND is a list of words, separated
// by spaces. ALLEGRO_EXECUTOR_SIDECAR_<NAME>_SET_<X>=v is told to a private one as X=v, as the
// address of its back end. Without a COMMAND it is the program of its name in `binaries_dir`. Ours
// apply by label, unless switched off by CONSUL_HOOK_ENABLED or VAAS_HOOK_ENABLED.
SidecarConfigs ConfigureSidecars(const Environment& environment, const v1::Task& task,
                                 absl::string_view binaries_dir);

}  // namespace mesos_executor::lifecycle

#endif  // SUPERVISOR_LIFECYCLE_SIDECAR_CONFIG_H_
