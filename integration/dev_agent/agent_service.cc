#include "integration/dev_agent/agent_service.h"

#include <sys/stat.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "integration/dev_agent/executor_environment.h"
#include "protos/mesos/v1/mesos_json.h"

namespace mesos_executor::dev_agent {
namespace {

using mesos::v1::executor::Call;
using mesos::v1::executor::Event;

absl::Status Validate(const ExecutorLaunch& launch) {
  struct stat sandbox;
  if (stat(launch.sandbox.c_str(), &sandbox) != 0 || !S_ISDIR(sandbox.st_mode)) {
    return absl::InvalidArgumentError(
        absl::StrCat("the sandbox '", launch.sandbox, "' is no directory: make it first"));
  }
  if (launch.launch_process && launch.executor.command().value().empty()) {
    return absl::InvalidArgumentError("the launch has no executor command: see SetCommand()");
  }
  for (const google::protobuf::Message* message :
       std::initializer_list<const google::protobuf::Message*>{&launch.framework, &launch.executor,
                                                               &launch.task}) {
    if (message->IsInitialized()) continue;
    return absl::InvalidArgumentError(absl::StrCat("the launch's ",
                                                   message->GetDescriptor()->name(), " lacks ",
                                                   message->InitializationErrorString()));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status AgentService::Listen() {
  auto server =
      HttpServer::Listen(loop_, [this](const RawCall& request, std::shared_ptr<Exchange> exchange) {
        OnRequest(request, std::move(exchange));
      });
  if (!server.ok()) return server.status();
  server_ = *std::move(server);
  return absl::OkStatus();
}

absl::Status AgentService::Launch(ExecutorLaunch launch) {
  if (absl::Status status = Validate(launch); !status.ok()) return status;
  if (session_)
    return absl::FailedPreconditionError("this agent has launched its executor already");
  launch.executor.mutable_shutdown_grace_period()->set_nanoseconds(
      absl::ToInt64Nanoseconds(launch.shutdown_grace));
  *launch.task.mutable_executor() = launch.executor;
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
  agent->set_hostname("127.0.0.1");
  agent->set_port(port());
  *agent->mutable_id() = launch.task.agent_id();
  description.mutable_container_id()->set_value(launch.executor.executor_id().value());
  task_id_ = launch.task.task_id().value();
  shutdown_grace_ = launch.shutdown_grace;
  destroy_at_exit_ = launch.container_destroy;
  session_.emplace(std::move(description), std::vector<mesos::v1::TaskInfo>{launch.task});
  return absl::OkStatus();
}

void AgentService::Kill(std::optional<absl::Duration> grace_period) {
  if (!session_) return;
  mesos::v1::KillPolicy policy;
  if (grace_period) {
    policy.mutable_grace_period()->set_nanoseconds(absl::ToInt64Nanoseconds(*grace_period));
  }
  Perform(session_->OnKill(task_id_, grace_period ? &policy : nullptr));
}

void AgentService::Shutdown() {
  if (session_) Perform(session_->OnShutdown());
}

void AgentService::WithholdAcknowledgements(bool withhold) {
  withhold_ = withhold;
  for (; !withhold_ && !withheld_.empty(); withheld_.pop_front()) Send(withheld_.front());
}

void AgentService::RefuseUpdates(int count, Answer answer) {
  refusals_ = count;
  refusal_ = std::move(answer);
}

void AgentService::BreakStream() {
  if (!stream_) return;
  stream_->Abort();
  stream_.reset();
  log_->Add({.kind = AgentEvent::kStreamGone, .detail = "broken by the agent"});
}

absl::StatusOr<std::unique_ptr<Container>> AgentService::StartContainer(
    const ExecutorLaunch& launch) {
  const ContainerSpec spec = {
      .command = launch.executor.command(),
      .environment = ExecutorEnvironment(launch, absl::StrCat("127.0.0.1:", port())),
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
  Perform(session_->OnExecutorExited());
  if (destroy_at_exit_) container_->Destroy();
}

void AgentService::OnRequest(const RawCall& request, std::shared_ptr<Exchange> exchange) {
  KnownExecutor known;
  if (session_ && session_->exists()) {
    known.framework_id = session_->description().framework_info().id().value();
    known.executor_id = session_->description().executor_info().executor_id().value();
    known.subscribed = session_->subscribed();
  }
  auto checked = CheckCall(request, known);
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
    OnSubscribe(accepted, std::move(exchange));
    return;
  }
  if (call.type() == Call::MESSAGE) {
    log_->Add({.kind = AgentEvent::kMessage, .detail = call.message().data()});
    Respond(Answer{}, *exchange);
    return;
  }
  if (refusals_ > 0) {
    --refusals_;
    Respond(refusal_, *exchange);
    return;
  }
  Respond(Answer{}, *exchange);
  Perform(session_->OnUpdate(call.update().status()));
}

void AgentService::OnSubscribe(const AcceptedCall& accepted, std::shared_ptr<Exchange> exchange) {
  if (stream_) EndStream("replaced by a newer one");
  timer_.reset();
  log_->Add({.kind = AgentEvent::kSubscribed, .subscribe = accepted.call.subscribe()});
  stream_ = std::move(exchange);
  stream_type_ = accepted.events;
  stream_->BeginStream(StreamHead(stream_type_, absl::Now()), [this] {
    stream_.reset();
    log_->Add({.kind = AgentEvent::kStreamGone, .detail = "closed by the executor"});
  });
  Perform(session_->OnSubscribe(accepted.call.subscribe()));
}

void AgentService::Perform(const Session::Actions& actions) {
  for (const Session::Action& action : actions) {
    std::visit([this](const auto& what) { Do(what); }, action);
  }
}

void AgentService::Do(const Session::SendEvent& action) {
  if (withhold_ && action.event.type() == Event::ACKNOWLEDGED) {
    withheld_.push_back(action.event);
  } else {
    Send(action.event);
  }
}

void AgentService::Do(const Session::EndStream&) {
  if (stream_) EndStream("ended by the agent");
}

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

void AgentService::Send(const Event& event) {
  log_->Add({.kind = stream_ ? AgentEvent::kEventSent : AgentEvent::kEventLost, .event = event});
  if (!stream_) return;
  stream_->Write(EventChunk(stream_type_ == MediaType::kJson ? PrintMesosJson(event)
                                                             : event.SerializeAsString()));
}

void AgentService::EndStream(const std::string& why) {
  stream_->EndStream(std::string(kLastChunk));
  stream_.reset();
  log_->Add({.kind = AgentEvent::kStreamGone, .detail = why});
}

}  // namespace mesos_executor::dev_agent
