#include "supervisor/lifecycle/launch.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "supervisor/lifecycle/grpc_stream.h"
#include "supervisor/lifecycle/host_connector.h"

namespace mesos_executor::lifecycle {
namespace {

// A daemon whose socket we may not even look at is there, and refuses us: no reason for a private
// one.
bool HasDaemon(const std::string& path) {
  struct stat status;
  if (stat(path.c_str(), &status) == 0) return S_ISSOCK(status.st_mode);
  return errno != ENOENT && errno != ENOTDIR;
}

bool HasProgram(const SidecarConfig& config) {
  return !config.command.empty() && access(config.command[0].c_str(), X_OK) == 0;
}

}  // namespace

std::unique_ptr<Sidecars> LaunchSidecars(EventLoop* loop, std::vector<SidecarConfig> configs,
                                         v1::Task task, std::string incarnation, WatchChild watch,
                                         Sidecars::Observer* observer, SpoolSource spools) {
  const auto open = [loop](UniqueFd socket, Stream::Listener* listener) {
    return OpenGrpcStream(loop, std::move(socket), listener);
  };
  std::vector<Sidecars::Sidecar> sidecars;
  for (SidecarConfig& config : configs) {
    Sidecars::Sidecar& sidecar = sidecars.emplace_back();
    if (HasDaemon(config.socket)) {
      sidecar.mode = Mode::kHost;
      sidecar.connector = std::make_unique<HostConnector>(config.socket, open);
    } else if (HasProgram(config)) {
      sidecar.mode = Mode::kPrivate;
      sidecar.connector =
          std::make_unique<PrivateConnector>(config.command, std::move(config.private_settings),
                                             watch, open, config.takes_spools ? spools : nullptr);
    } else {
      sidecar.why = absl::StrCat("there is no socket ", config.socket,
                                 config.command.empty() ? "" : " and no program ",
                                 config.command.empty() ? "" : config.command[0]);
    }
    config.private_settings.clear();
    sidecar.config = std::move(config);
  }
  return std::make_unique<Sidecars>(loop, std::move(sidecars), std::move(task),
                                    std::move(incarnation), observer);
}

}  // namespace mesos_executor::lifecycle
