// The agent itself: one server, one session, one container, and what connects them. Everything on
// one loop's thread.
#ifndef INTEGRATION_DEV_AGENT_AGENT_SERVICE_H_
#define INTEGRATION_DEV_AGENT_AGENT_SERVICE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "integration/dev_agent/agent_options.h"
#include "integration/dev_agent/container.h"
#include "integration/dev_agent/event_log.h"
#include "integration/dev_agent/executor_stream.h"
#include "integration/dev_agent/fault_injector.h"
#include "integration/dev_agent/http_server.h"
#include "integration/dev_agent/launch.h"
#include "integration/dev_agent/recovery.h"
#include "integration/dev_agent/session.h"
#include "supervisor/event_loop/asio_event_loop.h"

namespace mesos_executor::dev_agent {

// See DevAgent for what the public methods do.
class AgentService {
 public:
  // Loop and log must outlive it.
  AgentService(AsioEventLoop* loop, EventLog* log, AgentOptions options);
  AgentService(const AgentService&) = delete;
  AgentService& operator=(const AgentService&) = delete;

  absl::Status Listen();
  uint16_t port() const { return server_->port(); }

  absl::Status Launch(ExecutorLaunch launch);
  void Kill(std::optional<absl::Duration> grace_period);
  void Shutdown();
  void Send(const mesos::v1::executor::Event& event) { stream_.Send(event); }
  void WithholdAcknowledgements(bool withhold) { stream_.Withhold(withhold); }
  void InjectFaults(const FaultPlan& faults) { faults_.Add(faults); }
  void Destroy(const std::string& why);

 private:
  FaultInjector::Victim AsVictim();
  absl::StatusOr<std::unique_ptr<Container>> StartContainer(const ExecutorLaunch& launch);
  void OnExecutorExited(int wait_status);

  void OnRequest(RawCall request, std::shared_ptr<Exchange> exchange);
  // As a healthy agent does.
  void Take(const RawCall& request, std::shared_ptr<Exchange> exchange);
  void OnCall(const AcceptedCall& accepted, std::shared_ptr<Exchange> exchange);
  void Respond(const Answer& answer, Exchange& exchange);
  KnownExecutor Known() const;

  void Die(const Restart& restart);
  void OnRecoveryStep(RecoveryStep step, const Restart& restart);
  void EnterPhase(AgentPhase phase, const char* words);

  void Perform(const Session::Actions& actions);
  void Do(const Session::SendEvent& action);
  void Do(const Session::EndStream& action);
  void Do(const Session::ForwardUpdate& action);
  void Do(const Session::DropUpdate& action);
  void Do(const Session::AwaitShutdown& action);
  void Do(const Session::DestroyContainer& action);

  AsioEventLoop* const loop_;
  EventLog* const log_;
  const AgentOptions options_;
  FaultInjector faults_;
  std::unique_ptr<HttpServer> server_;
  std::optional<Session> session_;
  std::unique_ptr<Container> container_;
  ExecutorStream stream_;
  // Until the executor has subscribed; later, until its shutdown grace period is over.
  std::unique_ptr<Pending> timer_;
  std::string task_id_;
  absl::Duration shutdown_grace_;
  bool destroy_at_exit_ = true;

  AgentPhase phase_ = AgentPhase::kRunning;
  std::unique_ptr<Recovery> recovery_;
  // An agent that is back knows the framework, but not the executor.
  bool forgot_executor_ = false;
  // What happened while the agent could not see or do it.
  bool executor_exited_ = false;
  bool shutdown_wanted_ = false;
};

}  // namespace mesos_executor::dev_agent

#endif  // INTEGRATION_DEV_AGENT_AGENT_SERVICE_H_
