#include "integration/dev_agent/agent_service.h"

#include <glog/logging.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "integration/dev_agent/authentication.h"
#include "integration/dev_agent/call_kind.h"
#include "integration/dev_agent/executor_environment.h"

namespace mesos_executor::dev_agent {

using mesos::v1::executor::Call;
using mesos::v1::executor::Event;

AgentService::AgentService(AsioEventLoop* loop, EventLog* log, AgentOptions options)
    : loop_(loop),
      log_(log),
      options_(std::move(options)),
      faults_(loop, AsVictim()),
      stream_(loop, log, options_.heartbeat) {
  faults_.Add(options_.faults);
}

FaultInjector::Victim AgentService::AsVictim() {
  FaultInjector::Victim victim;
  victim.struck = [this](const Fault& fault) {
    log_->Add({.kind = AgentEvent::kFault, .detail = FaultText(fault)});
  };
  victim.freeze = [this](bool stop_reading) { server_->Freeze(stop_reading); };
  victim.thaw = [this] { server_->Thaw(); };
  victim.break_stream = [this] { stream_.Break(); };
  victim.restart = [this](const Restart& restart) { Die(restart); };
  return victim;
}

absl::Status AgentService::Listen() {
  HttpServer::Callbacks callbacks;
  callbacks.request = [this](RawCall request, std::shared_ptr<Exchange> exchange) {
    OnRequest(std::move(request), std::move(exchange));
  };
  callbacks.connection = [this] { return faults_.OnConnection(); };
  auto server = HttpServer::Listen(
      loop_, {.unix_socket = options_.unix_socket, .tls = options_.tls}, std::move(callbacks));
  if (!server.ok()) return server.status();
  server_ = *std::move(server);
  return absl::OkStatus();
}

absl::Status AgentService::Launch(ExecutorLaunch launch) {
  if (absl::Status status = CheckLaunch(launch); !status.ok()) return status;
  if (session_)
    return absl::FailedPreconditionError("this agent has launched its executor already");
  // A framework that leaves it to the agent's flag says nothing.
  if (launch.shutdown_grace != ExecutorLaunch().shutdown_grace) {
    launch.executor.mutable_shutdown_grace_period()->set_nanoseconds(
        absl::ToInt64Nanoseconds(launch.shutdown_grace));
  }
  *launch.task.mutable_executor() = launch.executor;
  if (launch.container_id.empty()) launch.container_id = launch.executor.executor_id().value();
  if (launch.launch_process) {
    auto container = StartContainer(launch);
    if (!container.ok()) return container.status();
    container_ = *std::move(container);
    timer_ = loop_->After(launch.registration_timeout, [this, limit = launch.registration_timeout] {
      Perform(session_->OnRegistrationTimeout(
          absl::StrCat("Executor did not register within ", MesosDurationText(limit))));
    });
  }
  Event::Subscribed description;
  *description.mutable_executor_info() = launch.executor;
  *description.mutable_framework_info() = launch.framework;
  mesos::v1::AgentInfo* agent = description.mutable_agent_info();
  *agent = launch.agent;
  agent->set_port(port());
  *agent->mutable_id() = launch.task.agent_id();
  description.mutable_container_id()->set_value(launch.container_id);
  task_id_ = launch.task.task_id().value();
  shutdown_grace_ = launch.shutdown_grace;
  destroy_at_exit_ = launch.container_destroy;
  session_.emplace(std::move(description), std::vector<mesos::v1::TaskInfo>{launch.task});
  faults_.OnLaunch();
  return absl::OkStatus();
}

void AgentService::Kill(std::optional<absl::Duration> grace_period) {
  if (!session_) return;
  if (phase_ != AgentPhase::kRunning) {
    // A master that has no agent to send it to drops it.
    Event kill;
    kill.set_type(Event::KILL);
    kill.mutable_kill()->mutable_task_id()->set_value(task_id_);
    log_->Add({.kind = AgentEvent::kEventLost, .event = kill});
    return;
  }
  mesos::v1::KillPolicy policy;
  if (grace_period) {
    policy.mutable_grace_period()->set_nanoseconds(absl::ToInt64Nanoseconds(*grace_period));
  }
  Perform(session_->OnKill(task_id_, grace_period ? &policy : nullptr));
}

void AgentService::Shutdown() {
  // An agent that comes back is told by the master which frameworks are gone.
  shutdown_wanted_ = phase_ != AgentPhase::kRunning;
  if (session_ && !shutdown_wanted_) Perform(session_->OnShutdown());
}

absl::StatusOr<std::unique_ptr<Container>> AgentService::StartContainer(
    const ExecutorLaunch& launch) {
  AgentAddress address{.endpoint = absl::StrCat("127.0.0.1:", port()),
                       .unix_socket = options_.unix_socket,
                       .tls = !options_.tls.certificate_file.empty()};
  if (options_.jwt_secret) {
    address.token =
        NewToken(ExecutorClaims(launch.framework.id().value(),
                                launch.executor.executor_id().value(), launch.container_id),
                 *options_.jwt_secret);
  }
  const ContainerSpec spec = {.command = launch.executor.command(),
                              .environment = ExecutorEnvironment(launch, address),
                              .sandbox = launch.sandbox,
                              .user = launch.user,
                              .destroy = launch.container_destroy};
  Container::Callbacks callbacks;
  callbacks.started = [this](pid_t pid) {
    log_->Add({.kind = AgentEvent::kExecutorStarted, .pid = pid});
  };
  callbacks.exec_failed = [this](int error) {
    log_->Add({.kind = AgentEvent::kExecFailed,
               .detail = std::string(absl::ErrnoToStatus(error, "exec").message())});
  };
  callbacks.exited = [this](int wait_status) { OnExecutorExited(wait_status); };
  callbacks.emptied = [this] { log_->Add({.kind = AgentEvent::kContainerDestroyed}); };
  return Container::Launch(loop_, spec, std::move(callbacks));
}

void AgentService::OnExecutorExited(int wait_status) {
  timer_.reset();
  log_->Add({.kind = AgentEvent::kExecutorExited, .wait_status = wait_status});
  executor_exited_ = true;
  // An agent that is down, or doesn't know its executors yet, learns of it later.
  if (phase_ == AgentPhase::kRunning || phase_ == AgentPhase::kRecovering) {
    Perform(session_->OnExecutorExited());
  }
  if (destroy_at_exit_) container_->Destroy();
}

void AgentService::OnRequest(RawCall request, std::shared_ptr<Exchange> exchange) {
  const Trigger::Kind kind = CallKind(request);
  faults_.OnCall(
      kind, *exchange, [this, request = std::move(request), exchange] { Take(request, exchange); },
      [this, exchange](const Answer& answer) { Respond(answer, *exchange); });
}

KnownExecutor AgentService::Known() const {
  KnownExecutor known{.phase = phase_, .jwt_secret = options_.jwt_secret};
  if (!session_) return known;
  const Event::Subscribed& description = session_->description();
  if (session_->exists() || forgot_executor_) {
    known.framework_id = description.framework_info().id().value();
  }
  if (!session_->exists()) return known;
  known.executor_id = description.executor_info().executor_id().value();
  known.container_id = description.container_id().value();
  known.subscribed = session_->subscribed();
  return known;
}

void AgentService::Take(const RawCall& request, std::shared_ptr<Exchange> exchange) {
  auto checked = CheckCall(request, Known());
  if (const auto* answer = std::get_if<Answer>(&checked)) {
    Respond(*answer, *exchange);
    return;
  }
  OnCall(std::get<AcceptedCall>(checked), std::move(exchange));
}

void AgentService::Respond(const Answer& answer, Exchange& exchange) {
  if (answer.code != 202) {
    log_->Add({.kind = AgentEvent::kCallRefused, .detail = answer.body, .code = answer.code});
  }
  exchange.Answer(AnswerText(answer, absl::Now()));
}

void AgentService::OnCall(const AcceptedCall& accepted, std::shared_ptr<Exchange> exchange) {
  const Call& call = accepted.call;
  if (call.type() == Call::SUBSCRIBE) {
    timer_.reset();
    log_->Add({.kind = AgentEvent::kSubscribed, .subscribe = call.subscribe()});
    stream_.Open(std::move(exchange), accepted.events);
    Perform(session_->OnSubscribe(call.subscribe()));
    return;
  }
  if (call.type() == Call::MESSAGE) {
    log_->Add({.kind = AgentEvent::kMessage, .detail = call.message().data()});
  }
  Respond(Answer{}, *exchange);
  if (call.type() == Call::UPDATE) Perform(session_->OnUpdate(call.update().status()));
}

void AgentService::EnterPhase(AgentPhase phase, const char* words) {
  phase_ = phase;
  log_->Add({.kind = AgentEvent::kAgentPhase, .detail = words});
}

void AgentService::Die(const Restart& restart) {
  EnterPhase(AgentPhase::kNoRoutes, "is down: connections are refused");
  stream_.Break();
  stream_.Forget();
  const absl::Status status = server_->GoAway();
  CHECK(status.ok()) << status;
  faults_.OnAgentDied();
  timer_.reset();
  if (session_) Perform(session_->OnAgentDied());
  recovery_ = std::make_unique<Recovery>(
      loop_, restart, [this, restart](RecoveryStep step) { OnRecoveryStep(step, restart); });
}

void AgentService::OnRecoveryStep(RecoveryStep step, const Restart& restart) {
  switch (step) {
    case RecoveryStep::kListening: {
      const absl::Status status = server_->ComeBack();
      CHECK(status.ok()) << status;
      EnterPhase(AgentPhase::kNoRoutes, "is back: every call is answered 404");
      return;
    }
    case RecoveryStep::kRouted:
      EnterPhase(AgentPhase::kUnrecovered, "recovers: every call is answered 503");
      return;
    case RecoveryStep::kRecovering:
      EnterPhase(AgentPhase::kRecovering, "recovers: SUBSCRIBE is taken");
      forgot_executor_ = restart.forgets == Restart::Forgets::kExecutor;
      if (!session_) return;
      Perform(restart.forgets == Restart::Forgets::kNothing ? session_->OnAgentRecovered()
                                                            : session_->OnForgotten());
      if (executor_exited_) Perform(session_->OnExecutorExited());
      return;
    case RecoveryStep::kRecovered:
      EnterPhase(AgentPhase::kRunning, "has recovered: all calls are taken");
      if (shutdown_wanted_) Shutdown();
      return;
    case RecoveryStep::kWindowOver:
      if (!session_) return;
      Perform(session_->OnReregistrationTimeout(
          absl::StrCat("Executor did not reregister within ", MesosDurationText(restart.window))));
      return;
  }
}

void AgentService::Perform(const Session::Actions& actions) {
  for (const Session::Action& action : actions) {
    std::visit([this](const auto& what) { Do(what); }, action);
  }
}

void AgentService::Do(const Session::SendEvent& action) { stream_.Send(action.event); }

void AgentService::Do(const Session::EndStream&) { stream_.End("ended by the agent"); }

void AgentService::Do(const Session::ForwardUpdate& action) {
  log_->Add({.kind = AgentEvent::kUpdate,
             .status = action.status,
             .made_by_agent = action.made_by_agent,
             .repeated = action.repeated});
}

void AgentService::Do(const Session::DropUpdate& action) {
  log_->Add({.kind = AgentEvent::kUpdateDropped, .detail = action.why, .status = action.status});
}

void AgentService::Do(const Session::AwaitShutdown&) {
  if (!container_) return;
  timer_ = loop_->After(shutdown_grace_, [this] { Destroy("the shutdown grace period is over"); });
}

void AgentService::Do(const Session::DestroyContainer&) {
  Destroy("the executor did not subscribe in time");
}

void AgentService::Destroy(const std::string& why) {
  if (!container_) return;
  log_->Add({.kind = AgentEvent::kDestroying, .detail = why});
  container_->Destroy();
}

}  // namespace mesos_executor::dev_agent
