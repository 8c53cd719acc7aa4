// An agent with faults, and the test as its executor.
#ifndef INTEGRATION_DEV_AGENT_FAULTS_FIXTURE_H_
#define INTEGRATION_DEV_AGENT_FAULTS_FIXTURE_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "integration/dev_agent/dev_agent.h"
#include "integration/dev_agent/wire_executor.h"

namespace mesos_executor::dev_agent {

class FaultsTest : public ::testing::Test {
 protected:
  using Call = mesos::v1::executor::Call;
  using Event = mesos::v1::executor::Event;

  static constexpr MediaType kType = MediaType::kJson;

  // An agent with these faults, which treats the test as its executor.
  void Start(const std::vector<std::string>& faults, bool checkpoint = true) {
    AgentOptions options;
    for (const std::string& text : faults) {
      const auto fault = ParseFault(text);
      ASSERT_TRUE(fault.ok()) << fault.status();
      options.faults.push_back(*fault);
    }
    auto agent = DevAgent::Start(std::move(options));
    ASSERT_TRUE(agent.ok()) << agent.status();
    agent_ = *std::move(agent);
    launch_.launch_process = false;
    launch_.framework.set_checkpoint(checkpoint);
    ASSERT_TRUE(agent_->Launch(launch_).ok());
  }

  Call NewCall(Call::Type type) const {
    Call call;
    call.set_type(type);
    *call.mutable_executor_id() = launch_.executor.executor_id();
    *call.mutable_framework_id() = launch_.framework.id();
    if (type == Call::SUBSCRIBE) call.mutable_subscribe();
    return call;
  }

  // `number` makes the UUID.
  Call Update(mesos::v1::TaskState state, char number) const {
    Call call = NewCall(Call::UPDATE);
    auto* status = call.mutable_update()->mutable_status();
    *status->mutable_task_id() = launch_.task.task_id();
    status->set_state(state);
    status->set_source(mesos::v1::TaskStatus::SOURCE_EXECUTOR);
    std::string uuid(16, number);
    uuid[6] = 0x40;  // Version 4.
    status->set_uuid(uuid);
    return call;
  }

  std::unique_ptr<WireStream> Subscribe(const Call& call) const {
    return std::make_unique<WireStream>(agent_->port(), call, kType);
  }
  std::unique_ptr<WireStream> Subscribe() const { return Subscribe(NewCall(Call::SUBSCRIBE)); }

  // On a connection of its own; code 0: no answer, but the connection's end.
  WireResponse Send(const Call& call) const {
    WireConnection connection(agent_->port());
    connection.Send(CallRequest(call, kType));
    return ReadResponse(connection);
  }

  // Asks until the answer is not that any more.
  WireResponse SendUntilNot(const Call& call, const std::vector<int>& codes) const {
    WireResponse response;
    do {
      response = Send(call);
    } while (std::find(codes.begin(), codes.end(), response.code) != codes.end());
    return response;
  }

  void AwaitPhase(const std::string& words) const {
    ASSERT_TRUE(agent_->WaitFor([&](const std::vector<AgentEvent>& events) {
      return std::any_of(events.begin(), events.end(), [&](const AgentEvent& event) {
        return event.kind == AgentEvent::kAgentPhase &&
               event.detail.find(words) != std::string::npos;
      });
    })) << words;
  }

  static Event::Type NextType(WireStream& stream) {
    const auto event = stream.Next();
    return event ? event->type() : Event::UNKNOWN;
  }

  // An update is answered before it is forwarded.
  bool AwaitUpdates(size_t count) const {
    return agent_->WaitFor([count](const std::vector<AgentEvent>& events) {
      return static_cast<size_t>(
                 std::count_if(events.begin(), events.end(), [](const AgentEvent& event) {
                   return event.kind == AgentEvent::kUpdate && !event.repeated;
                 })) == count;
    });
  }

  int Count(AgentEvent::Kind kind) const {
    int count = 0;
    for (const AgentEvent& event : agent_->events()) count += event.kind == kind;
    return count;
  }

  ExecutorLaunch launch_ = NewLaunch("task", getenv("TEST_TMPDIR"));
  std::unique_ptr<DevAgent> agent_;
};

}  // namespace mesos_executor::dev_agent

#endif  // INTEGRATION_DEV_AGENT_FAULTS_FIXTURE_H_
