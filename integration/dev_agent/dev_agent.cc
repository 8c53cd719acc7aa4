#include "integration/dev_agent/dev_agent.h"

#include <algorithm>
#include <future>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "integration/dev_agent/agent_service.h"
#include "integration/dev_agent/event_log.h"
#include "supervisor/event_loop/asio_event_loop.h"

namespace mesos_executor::dev_agent {
namespace {

using mesos::v1::executor::Event;

// Gives the agent a thread of its own, on which everything is done.
class ThreadedAgent final : public DevAgent {
 public:
  explicit ThreadedAgent(Listener listener) : log_(std::move(listener)) {}

  absl::Status Listen(AgentOptions options) {
    service_.emplace(&loop_, &log_, std::move(options));
    if (absl::Status status = service_->Listen(); !status.ok()) return status;
    port_ = service_->port();
    thread_ = std::thread([this] { loop_.Run(); });
    return absl::OkStatus();
  }

  ~ThreadedAgent() override {
    if (!thread_.joinable()) return;
    loop_.Post([this] {
      service_.reset();
      loop_.Stop();
    });
    thread_.join();
  }

  uint16_t port() const override { return port_; }

  absl::Status Launch(ExecutorLaunch launch) override {
    std::promise<absl::Status> launched;
    loop_.Post([&] { launched.set_value(service_->Launch(std::move(launch))); });
    return launched.get_future().get();
  }

  void Kill(std::optional<absl::Duration> grace_period) override {
    loop_.Post([this, grace_period] { service_->Kill(grace_period); });
  }

  void Shutdown() override {
    loop_.Post([this] { service_->Shutdown(); });
  }

  void SendFrameworkMessage(std::string data) override {
    Event event;
    event.set_type(Event::MESSAGE);
    event.mutable_message()->set_data(std::move(data));
    SendEvent(std::move(event));
  }

  void SendEvent(Event event) override {
    loop_.Post([this, event = std::move(event)] { service_->Send(event); });
  }

  void WithholdAcknowledgements(bool withhold) override {
    loop_.Post([this, withhold] { service_->WithholdAcknowledgements(withhold); });
  }

  void InjectFaults(FaultPlan faults) override {
    loop_.Post([this, faults = std::move(faults)] { service_->InjectFaults(faults); });
  }

  void DestroyContainer() override {
    loop_.Post([this] { service_->Destroy("asked to"); });
  }

  std::vector<AgentEvent> events() const override { return log_.events(); }

  bool WaitFor(const Predicate& done, absl::Duration timeout) const override {
    return log_.WaitFor(done, timeout);
  }

 private:
  AsioEventLoop loop_;
  EventLog log_;
  // The loop thread's.
  std::optional<AgentService> service_;
  uint16_t port_ = 0;
  std::thread thread_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<DevAgent>> DevAgent::Start(AgentOptions options, Listener listener) {
  auto agent = std::make_unique<ThreadedAgent>(std::move(listener));
  if (absl::Status status = agent->Listen(std::move(options)); !status.ok()) return status;
  return agent;
}

absl::StatusOr<std::unique_ptr<DevAgent>> DevAgent::Start(Listener listener) {
  return Start(AgentOptions(), std::move(listener));
}

void DevAgent::BreakStream() {
  InjectFaults({Fault{{.kind = Trigger::Kind::kTime}, dev_agent::BreakStream{}}});
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
