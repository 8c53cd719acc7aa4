// The agent's half of the executor API, for development and tests: as strict as a Mesos 1.11 agent,
// with one framework (whoever holds this object), one executor and its task.
//
//   auto agent = DevAgent::Start();
//   ExecutorLaunch launch = NewLaunch("web", sandbox);
//   SetCommand("/path/to/executor", "exec sleep 60", CommandIn::kExecutor, &launch);
//   agent->Launch(launch);
//   agent->WaitForUpdate(mesos::v1::TASK_RUNNING);
//   agent->Kill();
//   agent->WaitFor(AgentEvent::kContainerDestroyed);
#ifndef INTEGRATION_DEV_AGENT_DEV_AGENT_H_
#define INTEGRATION_DEV_AGENT_DEV_AGENT_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "integration/dev_agent/agent_event.h"
#include "integration/dev_agent/agent_options.h"
#include "integration/dev_agent/launch.h"

namespace mesos_executor::dev_agent {

// All methods may be called from any thread but the listener's.
class DevAgent {
 public:
  // Called with each event, in order, on the agent's own thread: hand over and return.
  using Listener = absl::AnyInvocable<void(const AgentEvent&)>;

  // Listens on 127.0.0.1, on a port of the system's choice, and where the options say.
  static absl::StatusOr<std::unique_ptr<DevAgent>> Start(AgentOptions options,
                                                         Listener listener = nullptr);
  static absl::StatusOr<std::unique_ptr<DevAgent>> Start(Listener listener = nullptr);

  // Kills what is left of the container (unless the launch said container_destroy = false) and
  // waits for its end.
  virtual ~DevAgent() = default;

  virtual uint16_t port() const = 0;
  // "127.0.0.1:PORT", as in MESOS_AGENT_ENDPOINT.
  std::string endpoint() const;

  // Starts the executor. Once. Errors: InvalidArgument (the launch), NotFound (its user),
  // FailedPrecondition (second call), and what the system says of the sandbox.
  virtual absl::Status Launch(ExecutorLaunch launch) = 0;

  // What the framework asks for. The policy goes into the KILL; TaskInfo.kill_policy is never
  // copied there.
  virtual void Kill(std::optional<absl::Duration> grace_period = std::nullopt) = 0;
  virtual void Shutdown() = 0;
  virtual void SendFrameworkMessage(std::string data) = 0;

  // Faults and oddities.
  // Puts any event on the stream.
  virtual void SendEvent(mesos::v1::executor::Event event) = 0;
  // Keeps acknowledgements back; those kept are sent, in order, when it is switched off.
  virtual void WithholdAcknowledgements(bool withhold) = 0;
  // Adds to the faults of the options. Calls count from now; a time that is over is now.
  virtual void InjectFaults(FaultPlan faults) = 0;
  // Closes the stream's connection without a last chunk, at once.
  void BreakStream();
  // Kills every process of the container, as an operator might.
  virtual void DestroyContainer() = 0;

  // All events so far; after 10,000 of them, the newest, and the executor's start and end.
  virtual std::vector<AgentEvent> events() const = 0;
  // Waits until `done` is true of events(), and says whether it became so in time.
  using Predicate = std::function<bool(const std::vector<AgentEvent>&)>;
  virtual bool WaitFor(const Predicate& done, absl::Duration timeout = absl::Seconds(60)) const = 0;

  // The same for one event of that kind, and for one update of that state (not counting
  // repetitions).
  bool WaitFor(AgentEvent::Kind kind, absl::Duration timeout = absl::Seconds(60)) const;
  bool WaitForUpdate(mesos::v1::TaskState state, absl::Duration timeout = absl::Seconds(60)) const;

  // What the framework saw, in order: each UUID once, those that the agent made included.
  std::vector<mesos::v1::TaskStatus> updates() const;
  // Of the executor's own process, once it is known; 0 before.
  pid_t executor_pid() const;
  std::optional<int> executor_wait_status() const;
};

}  // namespace mesos_executor::dev_agent

#endif  // INTEGRATION_DEV_AGENT_DEV_AGENT_H_
