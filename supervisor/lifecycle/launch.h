// Decides, once for the task's life, how each sidecar is reached: composes the package for the
// supervisor.
#ifndef SUPERVISOR_LIFECYCLE_LAUNCH_H_
#define SUPERVISOR_LIFECYCLE_LAUNCH_H_

#include <memory>
#include <string>
#include <vector>

#include "protos/lifecycle/v1/lifecycle.pb.h"
#include "supervisor/event_loop/event_loop.h"
#include "supervisor/lifecycle/private_connector.h"
#include "supervisor/lifecycle/sidecar_config.h"
#include "supervisor/lifecycle/sidecars.h"

namespace mesos_executor::lifecycle {

// A socket where the configuration says: the host's daemon, also when it refuses us. Else the
// program, if there is one. Else the sidecar is absent. Starts nothing before the loop's next turn,
// and no gRPC before a socket is connected. `spools` is for a private sidecar that takes them.
std::unique_ptr<Sidecars> LaunchSidecars(EventLoop* loop, std::vector<SidecarConfig> configs,
                                         v1::Task task, std::string incarnation, WatchChild watch,
                                         Sidecars::Observer* observer,
                                         SpoolSource spools = nullptr);

}  // namespace mesos_executor::lifecycle

#endif  // SUPERVISOR_LIFECYCLE_LAUNCH_H_
