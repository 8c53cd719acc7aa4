// The command line of `dev-agent run`.
#ifndef INTEGRATION_DEV_AGENT_RUN_OPTIONS_H_
#define INTEGRATION_DEV_AGENT_RUN_OPTIONS_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "integration/dev_agent/fault_plan.h"
#include "integration/dev_agent/launch.h"
#include "supervisor/base/tls_server.h"

namespace mesos_executor::dev_agent {

struct RunOptions {
  bool help = false;
  std::string name;
  // The shell's; never empty.
  std::string command;
  CommandIn command_in = CommandIn::kExecutor;
  // As given; empty: ours, wherever it is.
  std::string executor;
  std::vector<std::pair<std::string, std::string>> labels;
  std::vector<std::pair<std::string, std::string>> variables;
  // Number 0: one that is free.
  std::vector<Port> ports;
  // Its port is filled in later: the first.
  std::optional<mesos::v1::HealthCheck> health;
  std::optional<absl::Duration> kill_policy;
  // From TASK_RUNNING to a KILL, and from the start to a KILL.
  std::optional<absl::Duration> kill_after;
  std::optional<absl::Duration> run_for;
  absl::Duration shutdown_grace;
  bool checkpoint = false;
  absl::Duration recovery_timeout;
  // In place of those that NewLaunch() gives.
  std::optional<std::vector<mesos::v1::FrameworkInfo::Capability::Type>> capabilities;
  // Empty: beside the sandbox.
  std::optional<std::string> unix_socket;
  std::string jwt_secret_file;
  // Without a certificate there is no TLS.
  TlsServerSettings tls;
  FaultPlan faults;
  std::string user;
  bool container_destroy = true;
  // Empty: a new temporary folder.
  std::string sandbox;
  bool json = false;
};

// `arguments` are those behind "run". InvalidArgument: one line that says what is wrong where, and
// what to write instead.
absl::StatusOr<RunOptions> ParseRunOptions(const std::vector<std::string>& arguments);

// What --help prints.
std::string RunHelp();

}  // namespace mesos_executor::dev_agent

#endif  // INTEGRATION_DEV_AGENT_RUN_OPTIONS_H_
