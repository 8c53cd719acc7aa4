// Which command a task runs, and with which environment. Pure.
#ifndef SUPERVISOR_LAUNCH_COMMAND_H_
#define SUPERVISOR_LAUNCH_COMMAND_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "protos/mesos/v1/task.pb.h"
#include "supervisor/base/environment.h"

namespace mesos_executor::launch {

struct Command {
  // A path, or a name to be looked up in the task's PATH.
  std::string program;
  std::vector<std::string> argv;
  // Empty: the executor's own user.
  std::string user;
};

// TaskInfo.command if set, else the executor's own without Marathon's prefix; that one's user is
// whom the agent has made us already. InvalidArgument if there is none, or if what is left would
// only start `own_program` (the name of this executor's file) once more.
absl::StatusOr<Command> CommandOf(const mesos::v1::TaskInfo& task, absl::string_view own_program);

// Marathon starts a custom executor with "chmod ug+rx 'PATH' && exec 'PATH' COMMAND": what follows
// the prefix is the task's. A command without the prefix comes back as it is.
std::string WithoutMarathonPrefix(const std::string& command);

// "NAME=value", sorted: the executor's own environment without what is kept from tasks
// (ALLEGRO_EXECUTOR_KEEP_ENV lists exceptions), MESOS_ALLOCATION_ROLE, then TaskInfo.command's,
// then `additions` (from sidecars); the last one wins.
std::vector<std::string> EnvironmentOf(const mesos::v1::TaskInfo& task, const Environment& own,
                                       const std::vector<std::string>& additions);

}  // namespace mesos_executor::launch

#endif  // SUPERVISOR_LAUNCH_COMMAND_H_
