// What to run: one executor with one task, described the way a framework like Marathon describes it
// to an agent.
#ifndef INTEGRATION_DEV_AGENT_LAUNCH_H_
#define INTEGRATION_DEV_AGENT_LAUNCH_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "protos/mesos/v1/agent.pb.h"
#include "protos/mesos/v1/executor_info.pb.h"
#include "protos/mesos/v1/framework.pb.h"
#include "protos/mesos/v1/task.pb.h"

namespace mesos_executor::dev_agent {

struct ExecutorLaunch {
  // With id, capabilities, and whether the agent checkpoints.
  mesos::v1::FrameworkInfo framework;
  // Its command is what is started.
  mesos::v1::ExecutorInfo executor;
  // executor is filled in by the agent.
  mesos::v1::TaskInfo task;
  // What the agent says of itself; id and port are filled in by it.
  mesos::v1::AgentInfo agent;
  // Empty: the executor's id.
  std::string container_id;

  // An existing directory: the executor's working directory, in which its output goes to `stdout`
  // and `stderr`.
  std::string sandbox;
  // Whose process the executor is; empty: our own. Needs root. The sandbox then becomes this
  // user's.
  std::string user;

  // How long the executor may take from SHUTDOWN to the SIGKILL of its container.
  absl::Duration shutdown_grace = absl::Seconds(5);
  // How long it may take to subscribe.
  absl::Duration registration_timeout = absl::Minutes(1);
  // Told to the executor, with checkpointing only.
  absl::Duration recovery_timeout = absl::Minutes(15);
  absl::Duration subscription_backoff_max = absl::Seconds(2);

  // Whether what is left in the container is killed when the executor is gone, as an agent does.
  // Without, it shows what the executor itself leaves behind. An overrun of shutdown_grace or
  // registration_timeout kills all of the container in any case.
  bool container_destroy = true;
  // Without, no process is started and no time is limited: the test speaks as the executor.
  bool launch_process = true;
};

// InvalidArgument: what an agent can't start, and why.
absl::Status CheckLaunch(const ExecutorLaunch& launch);

// With fresh ids (task id: "NAME.UUID"), the capabilities of a present-day framework, and no
// command yet.
ExecutorLaunch NewLaunch(absl::string_view name, std::string sandbox);

// Where the task's command is to be found.
enum class CommandIn {
  // As Marathon: in the executor's own command, behind "chmod ug+rx 'PATH' && exec 'PATH' ".
  kExecutor,
  // In TaskInfo.command; the executor's own is its path.
  kTask,
};

// Runs `command` (a shell's) under the executor at `path`.
void SetCommand(absl::string_view path, absl::string_view command, CommandIn where,
                ExecutorLaunch* launch);

// Adds a variable for the task: as Marathon, to the executor's command, and to the task's own where
// there is one.
void SetVariable(absl::string_view name, absl::string_view value, ExecutorLaunch* launch);

struct Port {
  uint16_t number = 0;
  std::string name;
  std::vector<std::pair<std::string, std::string>> labels;
};

// Adds them to the task's resources and discovery info, and as Marathon to its environment: PORT,
// PORT0 and so on, PORTS, PORT_<NAME>. Call it once.
void SetPorts(const std::vector<Port>& ports, ExecutorLaunch* launch);

// One shell command that runs these words; a single word is taken to be a command already.
std::string ShellCommand(const std::vector<std::string>& words);

}  // namespace mesos_executor::dev_agent

#endif  // INTEGRATION_DEV_AGENT_LAUNCH_H_
