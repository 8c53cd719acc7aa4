#include "integration/dev_agent/dev_agent.h"

#include <sys/stat.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "integration/dev_agent/container.h"
#include "integration/dev_agent/executor_environment.h"
#include "integration/dev_agent/http_server.h"
#include "integration/dev_agent/mesos_json.h"
#include "integration/dev_agent/session.h"
#include "supervisor/event_loop/asio_event_loop.h"

namespace mesos_executor::dev_agent {
namespace {

using mesos::v1::executor::Call;
using mesos::v1::executor::Event;

// What has happened, for whoever waits.
class Record {
 public:
  explicit Record(DevAgent::Listener listener) : listener_(std::move(listener)) {}

  // From the loop's thread.
  void Add(AgentEvent event) {
    event.time = absl::Now();
    if (listener_) listener_(event);
    const std::lock_guard lock(mutex_);
    events_.push_back(std::move(event));
    added_.notify_all();
  }

  std::vector<AgentEvent> events() const {
    const std::lock_guard lock(mutex_);
    return events_;
  }

  bool WaitFor(const DevAgent::Predicate& done, absl::Duration timeout) const {
    std::unique_lock lock(mutex_);
    return added_.wait_for(lock, absl::ToChronoMilliseconds(timeout),
                           [&] { return done(events_); });
  }

 private:
  DevAgent::Listener listener_;
  mutable std::mutex mutex_;
  mutable std::condition_variable added_;
  std::vector<AgentEvent> events_;
};

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

class DevAgentImpl final : public DevAgent {
 public:
  explicit DevAgentImpl(Listener listener) : record_(std::move(listener)) {}

  absl::Status Listen() {
    auto server =
        HttpServer::Listen(&loop_, [this](RawCall request, std::shared_ptr<Exchange> exchange) {
          OnRequest(std::move(request), std::move(exchange));
        });
    if (!server.ok()) return server.status();
    server_ = *std::move(server);
    port_ = server_->port();
    thread_ = std::thread([this] { loop_.Run(); });
    return absl::OkStatus();
  }

  ~DevAgentImpl() override {
    if (!thread_.joinable()) return;
    loop_.Post([this] {
      container_.reset();
      timer_.reset();
      stream_.reset();
      server_.reset();
      loop_.Stop();
    });
    thread_.join();
  }

  uint16_t port() const override { return port_; }

  absl::Status Launch(ExecutorLaunch launch) override {
    if (absl::Status status = Validate(launch); !status.ok()) return status;
    std::promise<absl::Status> launched;
    loop_.Post([&] { launched.set_value(LaunchOnLoop(std::move(launch))); });
    return launched.get_future().get();
  }

  void Kill(std::optional<absl::Duration> grace_period) override {
    loop_.Post([this, grace_period] {
      if (!session_) return;
      mesos::v1::KillPolicy policy;
      if (grace_period) {
        policy.mutable_grace_period()->set_nanoseconds(absl::ToInt64Nanoseconds(*grace_period));
      }
      Perform(session_->OnKill(task_id_, grace_period ? &policy : nullptr));
    });
  }

  void Shutdown() override {
    loop_.Post([this] {
      if (session_) Perform(session_->OnShutdown());
    });
  }

  void SendFrameworkMessage(std::string data) override {
    Event event;
    event.set_type(Event::MESSAGE);
    event.mutable_message()->set_data(std::move(data));
    SendEvent(std::move(event));
  }

  void SendEvent(Event event) override {
    loop_.Post([this, event = std::move(event)] { Send(event); });
  }

  void WithholdAcknowledgements(bool withhold) override {
    loop_.Post([this, withhold] {
      withhold_ = withhold;
      for (; !withhold_ && !withheld_.empty(); withheld_.pop_front()) Send(withheld_.front());
    });
  }

  void RefuseUpdates(int count, int code, std::string body) override {
    loop_.Post([this, count, answer = Answer{.code = code, .body = std::move(body)}] {
      refusals_ = count;
      refusal_ = answer;
    });
  }

  void BreakStream() override {
    loop_.Post([this] {
      if (!stream_) return;
      stream_->Abort();
      stream_.reset();
      record_.Add({.kind = AgentEvent::kStreamGone, .detail = "broken by the agent"});
    });
  }

  void DestroyContainer() override {
    loop_.Post([this] { Destroy("asked to"); });
  }

  std::vector<AgentEvent> events() const override { return record_.events(); }

  bool WaitFor(const Predicate& done, absl::Duration timeout) const override {
    return record_.WaitFor(done, timeout);
  }

 private:
  absl::Status LaunchOnLoop(ExecutorLaunch launch) {
    if (session_)
      return absl::FailedPreconditionError("this agent has launched its executor already");
    launch.executor.mutable_shutdown_grace_period()->set_nanoseconds(
        absl::ToInt64Nanoseconds(launch.shutdown_grace));
    *launch.task.mutable_executor() = launch.executor;
    if (launch.launch_process) {
      auto container = StartContainer(launch);
      if (!container.ok()) return container.status();
      container_ = *std::move(container);
      timer_ =
          loop_.After(launch.registration_timeout, [this, limit = launch.registration_timeout] {
            Perform(session_->OnRegistrationTimeout(
                absl::StrCat("Executor did not register within ", MesosDurationText(limit))));
          });
    }
    Event::Subscribed description;
    *description.mutable_executor_info() = launch.executor;
    *description.mutable_framework_info() = launch.framework;
    mesos::v1::AgentInfo* agent = description.mutable_agent_info();
    agent->set_hostname("127.0.0.1");
    agent->set_port(port_);
    *agent->mutable_id() = launch.task.agent_id();
    description.mutable_container_id()->set_value(launch.executor.executor_id().value());
    task_id_ = launch.task.task_id().value();
    shutdown_grace_ = launch.shutdown_grace;
    destroy_at_exit_ = launch.container_destroy;
    session_.emplace(std::move(description), std::vector<mesos::v1::TaskInfo>{launch.task});
    return absl::OkStatus();
  }

  absl::StatusOr<std::unique_ptr<Container>> StartContainer(const ExecutorLaunch& launch) {
    const ContainerSpec spec = {.command = launch.executor.command(),
                                .environment = ExecutorEnvironment(launch, endpoint()),
                                .sandbox = launch.sandbox,
                                .user = launch.user,
                                .destroy = launch.container_destroy};
    Container::Callbacks callbacks;
    callbacks.started = [this](pid_t pid) {
      record_.Add({.kind = AgentEvent::kExecutorStarted, .pid = pid});
    };
    callbacks.exec_failed = [this](int error) {
      record_.Add({.kind = AgentEvent::kExecFailed,
                   .detail = std::string(absl::ErrnoToStatus(error, "exec").message())});
    };
    callbacks.exited = [this](int wait_status) { OnExecutorExited(wait_status); };
    callbacks.emptied = [this] { record_.Add({.kind = AgentEvent::kContainerDestroyed}); };
    return Container::Launch(&loop_, spec, std::move(callbacks));
  }

  void OnExecutorExited(int wait_status) {
    timer_.reset();
    record_.Add({.kind = AgentEvent::kExecutorExited, .wait_status = wait_status});
    Perform(session_->OnExecutorExited());
    if (destroy_at_exit_) container_->Destroy();
  }

  void OnRequest(RawCall request, std::shared_ptr<Exchange> exchange) {
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

  void Respond(const Answer& answer, Exchange& exchange) {
    if (answer.code != 202) {
      record_.Add({.kind = AgentEvent::kCallRefused, .detail = answer.body, .code = answer.code});
    }
    exchange.Answer(AnswerText(answer, absl::Now()));
  }

  void OnCall(const AcceptedCall& accepted, std::shared_ptr<Exchange> exchange) {
    const Call& call = accepted.call;
    if (call.type() == Call::SUBSCRIBE) {
      OnSubscribe(accepted, std::move(exchange));
      return;
    }
    if (call.type() == Call::MESSAGE) {
      record_.Add({.kind = AgentEvent::kMessage, .detail = call.message().data()});
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

  void OnSubscribe(const AcceptedCall& accepted, std::shared_ptr<Exchange> exchange) {
    if (stream_) EndStream("replaced by a newer one");
    timer_.reset();
    record_.Add({.kind = AgentEvent::kSubscribed, .subscribe = accepted.call.subscribe()});
    stream_ = std::move(exchange);
    stream_type_ = accepted.events;
    stream_->BeginStream(StreamHead(stream_type_, absl::Now()), [this] {
      stream_.reset();
      record_.Add({.kind = AgentEvent::kStreamGone, .detail = "closed by the executor"});
    });
    Perform(session_->OnSubscribe(accepted.call.subscribe()));
  }

  void Perform(Session::Actions actions) {
    for (Session::Action& action : actions) {
      std::visit([this](auto& what) { Do(what); }, action);
    }
  }

  void Do(const Session::SendEvent& action) {
    if (withhold_ && action.event.type() == Event::ACKNOWLEDGED) {
      withheld_.push_back(action.event);
    } else {
      Send(action.event);
    }
  }

  void Do(const Session::EndStream&) {
    if (stream_) EndStream("ended by the agent");
  }

  void Do(const Session::ForwardUpdate& action) {
    record_.Add({.kind = AgentEvent::kUpdate,
                 .status = action.status,
                 .made_by_agent = action.made_by_agent,
                 .repeated = action.repeated});
  }

  void Do(const Session::DropUpdate& action) {
    record_.Add(
        {.kind = AgentEvent::kUpdateDropped, .detail = action.why, .status = action.status});
  }

  void Do(const Session::AwaitShutdown&) {
    if (!container_) return;
    timer_ = loop_.After(shutdown_grace_, [this] { Destroy("the shutdown grace period is over"); });
  }

  void Do(const Session::DestroyContainer&) { Destroy("the executor did not subscribe in time"); }

  void Destroy(const std::string& why) {
    if (!container_) return;
    record_.Add({.kind = AgentEvent::kDestroying, .detail = why});
    container_->Destroy();
  }

  void Send(const Event& event) {
    record_.Add(
        {.kind = stream_ ? AgentEvent::kEventSent : AgentEvent::kEventLost, .event = event});
    if (!stream_) return;
    stream_->Write(EventChunk(stream_type_ == MediaType::kJson ? PrintMesosJson(event)
                                                               : event.SerializeAsString()));
  }

  void EndStream(const std::string& why) {
    stream_->EndStream(std::string(kLastChunk));
    stream_.reset();
    record_.Add({.kind = AgentEvent::kStreamGone, .detail = why});
  }

  AsioEventLoop loop_;
  Record record_;
  uint16_t port_ = 0;

  // The rest is the loop thread's.
  std::unique_ptr<HttpServer> server_;
  std::optional<Session> session_;
  std::unique_ptr<Container> container_;
  // Until the executor has subscribed; later, until its shutdown grace period is over.
  std::unique_ptr<Pending> timer_;
  std::string task_id_;
  absl::Duration shutdown_grace_;
  bool destroy_at_exit_ = true;
  // The executor's event stream, if it has one.
  std::shared_ptr<Exchange> stream_;
  MediaType stream_type_ = MediaType::kJson;
  bool withhold_ = false;
  std::deque<Event> withheld_;
  int refusals_ = 0;
  Answer refusal_;

  std::thread thread_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<DevAgent>> DevAgent::Start(Listener listener) {
  auto agent = std::make_unique<DevAgentImpl>(std::move(listener));
  if (absl::Status status = agent->Listen(); !status.ok()) return status;
  return agent;
}

std::string DevAgent::endpoint() const { return absl::StrCat("127.0.0.1:", port()); }

bool DevAgent::WaitFor(AgentEvent::Kind kind, absl::Duration timeout) const {
  return WaitFor(
      [kind](const std::vector<AgentEvent>& events) {
        return std::any_of(events.begin(), events.end(),
                           [kind](const AgentEvent& event) { return event.kind == kind; });
      },
      timeout);
}

bool DevAgent::WaitForUpdate(mesos::v1::TaskState state, absl::Duration timeout) const {
  return WaitFor(
      [state](const std::vector<AgentEvent>& events) {
        return std::any_of(events.begin(), events.end(), [state](const AgentEvent& event) {
          return event.kind == AgentEvent::kUpdate && event.status.state() == state;
        });
      },
      timeout);
}

std::vector<mesos::v1::TaskStatus> DevAgent::updates() const {
  std::vector<mesos::v1::TaskStatus> updates;
  for (AgentEvent& event : events()) {
    if (event.kind == AgentEvent::kUpdate && !event.repeated) {
      updates.push_back(std::move(event.status));
    }
  }
  return updates;
}

pid_t DevAgent::executor_pid() const {
  for (const AgentEvent& event : events()) {
    if (event.kind == AgentEvent::kExecutorStarted) return event.pid;
  }
  return 0;
}

std::optional<int> DevAgent::executor_wait_status() const {
  for (const AgentEvent& event : events()) {
    if (event.kind == AgentEvent::kExecutorExited) return event.wait_status;
  }
  return std::nullopt;
}

}  // namespace mesos_executor::dev_agent
