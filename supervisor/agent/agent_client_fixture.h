// For tests of AgentClient: with a scripted agent, on one loop.
#ifndef SUPERVISOR_AGENT_AGENT_CLIENT_FIXTURE_H_
#define SUPERVISOR_AGENT_AGENT_CLIENT_FIXTURE_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "supervisor/agent/agent_client.h"
#include "supervisor/agent/scripted_agent.h"

namespace mesos_executor::agent {

inline mesos::v1::TaskStatus Status(mesos::v1::TaskState state) {
  mesos::v1::TaskStatus status;
  status.mutable_task_id()->set_value("task");
  status.set_state(state);
  return status;
}

inline mesos::v1::executor::Event Launch() {
  mesos::v1::executor::Event event;
  event.set_type(mesos::v1::executor::Event::LAUNCH);
  auto* const task = event.mutable_launch()->mutable_task();
  task->set_name("task");
  task->mutable_task_id()->set_value("task");
  task->mutable_agent_id()->set_value("agent");
  return event;
}

inline mesos::v1::executor::Event Kill() {
  mesos::v1::executor::Event event;
  event.set_type(mesos::v1::executor::Event::KILL);
  event.mutable_kill()->mutable_task_id()->set_value("task");
  return event;
}

// An AgentClient and its agent on one loop, and what the client told.
class AgentClientFixture : public testing::Test, public AgentClient::Observer {
 protected:
  using TaskStatus = mesos::v1::TaskStatus;
  using Call = mesos::v1::executor::Call;
  using Event = mesos::v1::executor::Event;

  void OnSubscribed(const Event::Subscribed& subscribed) override {
    ++subscribed_;
    EXPECT_EQ(subscribed.agent_info().hostname(), "agent");
    seen_.push_back("subscribed");
  }
  void OnLaunch(const mesos::v1::TaskInfo& task) override {
    seen_.push_back("launch " + task.task_id().value());
    client_->Send(Status(mesos::v1::TASK_STARTING));
    client_->Send(Status(mesos::v1::TASK_RUNNING));
  }
  void OnLaunchGroup(const mesos::v1::TaskGroupInfo&) override { seen_.push_back("group"); }
  void OnKill(const Event::Kill& kill) override {
    seen_.push_back("kill " + kill.task_id().value());
  }
  void OnShutdown() override { seen_.push_back("shutdown"); }
  void OnMessage(const std::string& data) override { seen_.push_back("message " + data); }
  void OnUpdateAcknowledged(const TaskStatus& status) override {
    seen_.push_back(TaskState_Name(status.state()));
  }
  void OnUpdateRefused(const TaskStatus& status, const absl::Status&) override {
    seen_.push_back("refused " + TaskState_Name(status.state()));
  }
  void OnAllSettled(bool terminal_refused) override {
    seen_.push_back(terminal_refused ? "all, the end refused" : "all");
  }
  void OnDisconnected(absl::Status why) override {
    seen_.push_back("disconnected");
    why_ = why;
  }
  void OnLost(absl::Status why) override {
    seen_.push_back("lost");
    why_ = why;
  }

  AgentSettings Settings(bool checkpoint) {
    AgentSettings settings;
    settings.endpoint.address = "127.0.0.1";
    settings.endpoint.port = agent_.port();
    settings.framework_id = "framework";
    settings.executor_id = "executor";
    settings.token = "a.b.c";
    settings.checkpoint = checkpoint;
    settings.subscription_backoff_max = absl::Milliseconds(50);
    // Nothing fails because the machine is slow.
    settings.http_timeout = absl::Minutes(1);
    settings.shortest_attempt = absl::Minutes(1);
    return settings;
  }
  void Start(const AgentSettings& settings) {
    client_.emplace(&loop_, settings, this);
    client_->Start();
  }
  void Start(bool checkpoint) { Start(Settings(checkpoint)); }

  // Runs the loop until `done`, under a watchdog.
  template <typename Condition>
  [[nodiscard]] bool Await(Condition done) {
    const absl::Time deadline = loop_.Now() + absl::Minutes(1);
    while (!done() && loop_.Now() < deadline)
      loop_.io_context().run_one_for(std::chrono::seconds(1));
    return done();
  }
  [[nodiscard]] bool AwaitSeen(const std::string& last) {
    return Await([&] { return !seen_.empty() && seen_.back() == last; });
  }

  // The updates in the order in which the agent got them first, by UUID.
  std::vector<mesos::v1::TaskState> UpdatesAtTheAgent() const {
    std::vector<mesos::v1::TaskState> states;
    std::set<std::string> uuids;
    const auto take = [&](const TaskStatus& status) {
      if (uuids.insert(status.uuid()).second) states.push_back(status.state());
    };
    for (const auto& request : agent_.requests()) {
      for (const auto& update : request.call.subscribe().unacknowledged_updates())
        take(update.status());
      if (request.call.has_update()) take(request.call.update().status());
    }
    return states;
  }
  int Count(Call::Type type) const {
    return std::count_if(agent_.requests().begin(), agent_.requests().end(),
                         [&](const auto& request) { return request.call.type() == type; });
  }

  AsioEventLoop loop_;
  ScriptedAgent agent_{&loop_};
  std::vector<std::string> seen_;
  int subscribed_ = 0;
  absl::Status why_;
  std::optional<AgentClient> client_;
};

}  // namespace mesos_executor::agent

#endif  // SUPERVISOR_AGENT_AGENT_CLIENT_FIXTURE_H_
