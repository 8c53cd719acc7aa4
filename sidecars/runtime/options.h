// The command line that all sidecars have.
#ifndef SIDECARS_RUNTIME_OPTIONS_H_
#define SIDECARS_RUNTIME_OPTIONS_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "supervisor/base/endpoint.h"

namespace mesos_executor::sidecar {

// How a sidecar presents itself.
struct SidecarInfo {
  // Of the binary, the socket and the state directory: "consul-registrar".
  std::string name;
  // For --help: what it does, in a sentence or two.
  std::string description;
  // For --help: which environment variables configure the back end, a line each.
  std::string settings_help;
};

struct Options {
  std::string socket;
  std::string state_directory;
  absl::Duration lease = absl::Seconds(30);
  // Whose members may connect; none: the default group, where the host has it.
  std::optional<std::string> group;
  // Waits for the process that serves now to end, instead of failing.
  bool take_over = false;
  // Serves also peers that this host's namespaces have no name for.
  bool allow_foreign_peers = false;
  // Where metrics are shown; none: nowhere.
  std::optional<Endpoint> metrics;
  // A connected socket to be served alone, until its end.
  std::optional<int> private_fd;
  // Where settings are read from instead of the environment.
  std::optional<int> settings_fd;
  // With private_fd: a connection on which descriptors come, for the sidecar that takes some.
  std::optional<int> descriptors_fd;
  bool debug = false;
  bool version = false;
  bool help = false;
};

// InvalidArgument, in words for the person who typed it.
absl::StatusOr<Options> ParseOptions(int argc, const char* const* argv, const SidecarInfo& info);

std::string HelpText(const SidecarInfo& info);

}  // namespace mesos_executor::sidecar

#endif  // SIDECARS_RUNTIME_OPTIONS_H_
