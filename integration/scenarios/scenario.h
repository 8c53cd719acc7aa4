// A task's life on this machine, as its framework sees it: the dev agent, and below it the real
// supervisor.
#ifndef INTEGRATION_SCENARIOS_SCENARIO_H_
#define INTEGRATION_SCENARIOS_SCENARIO_H_

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "integration/dev_agent/agent_options.h"
#include "integration/dev_agent/dev_agent.h"
#include "integration/scenarios/test_cgroup.h"

namespace mesos_executor {

// Path of a program that the test has as data, by its place in the workspace
// ("supervisor/mesos-executor").
std::string DataPath(absl::string_view place);

// Processes of this machine that have `variable` ("NAME=value") in the environment that they were
// started with.
std::vector<pid_t> ProcessesWith(const std::string& variable);

// Living children of `parent` that run the program `name`, as /proc/PID/stat tells anybody: our own
// programs hide the rest from all but root (PR_SET_DUMPABLE, prctl(2)).
std::vector<pid_t> ChildrenRunning(pid_t parent, absl::string_view name);

// Waits (by a pidfd, under a watchdog of 60 s) until the process is gone; true if it is.
bool AwaitExit(pid_t pid);

// A launch that a test shapes before it starts it. The agent's own clean-up is off: what is left
// behind is the executor's. At its end kills what the test has left, by its mark, and removes the
// sandbox.
class Scenario {
 public:
  // The executor lies in a folder of its own, as in the bundle, with these of our binaries beside
  // it.
  explicit Scenario(const std::vector<std::string>& sidecars = {},
                    dev_agent::AgentOptions agent = {});
  ~Scenario();

  dev_agent::ExecutorLaunch& launch() { return launch_; }
  // Makes the task an HTTP service with a health check (first at once, then each 100 ms), and says
  // so to its framework. More flags of integration/testtasks/http_service may follow.
  void RunHttpService(absl::string_view flags = "");

  // Runs it all as another user; needs root.
  void RunAs(const std::string& user);
  // A copy of a program, by its place in the workspace, where any user may run it. Returns its
  // path.
  std::string Install(absl::string_view place);
  // Starts the executor inside this cgroup, too, which must live as long.
  void StartInside(TestCgroup* cgroup) { cgroups_.push_back(cgroup); }
  // Calls it with what the agent is told, on the agent's thread: see DevAgent::Listener.
  void Listen(dev_agent::DevAgent::Listener listener) { listener_ = std::move(listener); }

  // Sets a variable for the executor, and so for its task.
  void Set(absl::string_view name, absl::string_view value);
  void Label(absl::string_view key, absl::string_view value);

  // Starts the executor with this command for the task; where it is the executor's (Marathon's
  // way), a shell reads it first together with Marathon's prefix: no parentheses then.
  void Start(absl::string_view command,
             dev_agent::CommandIn where = dev_agent::CommandIn::kExecutor);
  void Start() { Start(command_); }

  dev_agent::DevAgent& agent() { return *agent_; }
  std::string task_id() const { return launch_.task.task_id().value(); }
  uint16_t port() const { return port_; }
  // The executor's own, with the sandbox in it. No sidecar daemon serves there unless the test
  // starts one.
  const std::string& folder() const { return folder_; }
  const std::string& sandbox() const { return sandbox_; }

  // What the framework saw so far, one line an update: "TASK_RUNNING healthy: message".
  std::vector<std::string> States() const;
  // Waits for the executor's end and gives its exit code, or 128 + the signal.
  int AwaitExecutor();
  // Processes of the task (and no others) that live. The supervisor and its shim are known by their
  // program; to all but root they show no environment either.
  std::vector<pid_t> TaskProcesses() const;
  std::string ReadSandboxFile(absl::string_view name) const;

 private:
  std::string folder_;
  std::string sandbox_;
  std::string mark_;
  std::string command_;
  uint16_t port_ = 0;
  std::vector<TestCgroup*> cgroups_;
  dev_agent::DevAgent::Listener listener_;
  dev_agent::ExecutorLaunch launch_;
  std::unique_ptr<dev_agent::DevAgent> agent_;
};

}  // namespace mesos_executor

#endif  // INTEGRATION_SCENARIOS_SCENARIO_H_
