// How a task wants to be asked over HTTP to stop, before it gets SIGTERM: the label
// executor-graceful-stop-http. Aurora's executor asks so (http_lifecycle.py).
#ifndef SUPERVISOR_GRACEFUL_STOP_STOP_DEFINITION_H_
#define SUPERVISOR_GRACEFUL_STOP_STOP_DEFINITION_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "protos/mesos/v1/task.pb.h"
#include "supervisor/base/endpoint.h"

namespace mesos_executor::graceful_stop {

struct StopDefinition {
  TcpEndpoint endpoint;
  // One or two, to be asked for in this order.
  std::vector<std::string> paths;
};

// The label's value is [PORTNAME:]PATH[,PATH], with the name of a port in the task's discovery; ""
// and "true" stand for /quitquitquit,/abortabortabort. Without PORTNAME it is the port named
// "health" if there is one, else the first. Nothing where the label isn't there or is "false".
// `public_ip` is as for EndpointOfTask (task_endpoint.h). InvalidArgument says what is wrong with
// the label; then the task is stopped by signals alone.
absl::StatusOr<std::optional<StopDefinition>> StopDefinitionOf(const mesos::v1::TaskInfo& task,
                                                               std::string_view public_ip);

}  // namespace mesos_executor::graceful_stop

#endif  // SUPERVISOR_GRACEFUL_STOP_STOP_DEFINITION_H_
