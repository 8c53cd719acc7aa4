#include "integration/dev_agent/session.h"

#include <algorithm>
#include <utility>

#include "supervisor/base/task_state.h"

namespace mesos_executor::dev_agent {
namespace {

using mesos::v1::TaskInfo;
using mesos::v1::TaskStatus;
using mesos::v1::executor::Call;
using mesos::v1::executor::Event;

Event Acknowledgement(const TaskStatus& status) {
  Event event;
  event.set_type(Event::ACKNOWLEDGED);
  *event.mutable_acknowledged()->mutable_task_id() = status.task_id();
  event.mutable_acknowledged()->set_uuid(status.uuid());
  return event;
}

Event ShutdownEvent() {
  Event event;
  event.set_type(Event::SHUTDOWN);
  return event;
}

}  // namespace

Session::Session(Event::Subscribed subscribed, std::vector<TaskInfo> tasks)
    : subscribed_(std::move(subscribed)), queued_(tasks.begin(), tasks.end()) {}

Session::Action Session::AgentUpdate(const std::string& task_id, mesos::v1::TaskState state,
                                     TaskStatus::Reason reason, const std::string& message) const {
  ForwardUpdate update{.made_by_agent = true};
  update.status.mutable_task_id()->set_value(task_id);
  update.status.set_state(state);
  update.status.set_source(TaskStatus::SOURCE_AGENT);
  update.status.set_reason(reason);
  update.status.set_message(message);
  *update.status.mutable_executor_id() = subscribed_.executor_info().executor_id();
  *update.status.mutable_agent_id() = subscribed_.agent_info().id();
  return update;
}

mesos::v1::TaskState Session::LostAs(mesos::v1::TaskState state) const {
  const auto& capabilities = subscribed_.framework_info().capabilities();
  const bool told = std::any_of(capabilities.begin(), capabilities.end(), [](const auto& one) {
    return one.type() == mesos::v1::FrameworkInfo::Capability::PARTITION_AWARE;
  });
  return told ? state : mesos::v1::TASK_LOST;
}

void Session::EndTasks(mesos::v1::TaskState state, TaskStatus::Reason reason,
                       const std::string& message, Actions* actions) {
  for (const TaskInfo& task : queued_) {
    actions->push_back(AgentUpdate(task.task_id().value(), state, reason, message));
  }
  queued_.clear();
  for (auto& [id, task] : launched_) {
    if (task.ended) continue;
    task.ended = true;
    actions->push_back(AgentUpdate(id, state, reason, message));
  }
}

Session::Actions Session::OnSubscribe(const Call::Subscribe& subscribe) {
  if (state_ == State::kTerminating) return {SendEvent{ShutdownEvent()}, EndStream{}};
  state_ = State::kRunning;
  Actions actions;
  Actions acknowledgements;
  for (const Call::Update& update : subscribe.unacknowledged_updates()) {
    for (Action& action : OnUpdate(update.status())) {
      // A real agent acknowledges when the update is stored, and says SUBSCRIBED meanwhile.
      (std::holds_alternative<SendEvent>(action) ? acknowledgements : actions)
          .push_back(std::move(action));
    }
  }
  for (auto& [id, task] : launched_) {
    const bool listed = std::any_of(
        subscribe.unacknowledged_tasks().begin(), subscribe.unacknowledged_tasks().end(),
        [&id = id](const TaskInfo& info) { return info.task_id().value() == id; });
    if (task.updated || task.ended || listed) continue;
    task.ended = true;
    actions.push_back(AgentUpdate(id, LostAs(mesos::v1::TASK_DROPPED),
                                  TaskStatus::REASON_AGENT_RESTARTED,
                                  "Task launched during agent restart"));
  }
  const bool ever_sent = std::any_of(launched_.begin(), launched_.end(), [](const auto& launched) {
    return !launched.second.ended || launched.second.updated;
  });
  if (queued_.empty() && !ever_sent) {
    // All that it was started for was killed before, or dropped: a real agent sends nothing but
    // this, and leaves the stream open (slave.cpp, Executor::everSentTask).
    state_ = State::kTerminating;
    actions.push_back(SendEvent{ShutdownEvent()});
    actions.push_back(AwaitShutdown{});
    return actions;
  }
  Event hello;
  hello.set_type(Event::SUBSCRIBED);
  *hello.mutable_subscribed() = subscribed_;
  actions.push_back(SendEvent{std::move(hello)});
  std::move(acknowledgements.begin(), acknowledgements.end(), std::back_inserter(actions));
  for (; !queued_.empty(); queued_.pop_front()) {
    launched_.try_emplace(queued_.front().task_id().value());
    Event launch;
    launch.set_type(Event::LAUNCH);
    *launch.mutable_launch()->mutable_task() = queued_.front();
    actions.push_back(SendEvent{std::move(launch)});
  }
  return actions;
}

Session::Actions Session::OnUpdate(const TaskStatus& from_executor) {
  TaskStatus status = from_executor;
  const std::string& agent = subscribed_.agent_info().id().value();
  if (status.has_agent_id() && status.agent_id().value() != agent) {
    return {DropUpdate{status, "agent_id is another agent's: " + status.agent_id().value()}};
  }
  status.mutable_agent_id()->set_value(agent);
  const auto found = launched_.find(status.task_id().value());
  if (found == launched_.end()) {
    return {ForwardUpdate{status}, DropUpdate{status, "this executor has no such task"}};
  }
  Task& task = found->second;
  const bool repeated = !task.uuids.insert(status.uuid()).second;
  if (task.ended) {
    // Seen of a real agent: forwarded, but "Ignoring sending acknowledgement ... of unknown
    // executor".
    return {ForwardUpdate{.status = status, .repeated = repeated},
            DropUpdate{status, "the task's terminal update was acknowledged before"}};
  }
  task.updated = true;
  task.ended = IsTerminal(status.state());
  return {ForwardUpdate{.status = status, .repeated = repeated},
          SendEvent{Acknowledgement(status)}};
}

Session::Actions Session::OnKill(const std::string& task_id, const mesos::v1::KillPolicy* policy) {
  if (state_ == State::kTerminating || state_ == State::kTerminated) return {};
  const auto queued = std::find_if(queued_.begin(), queued_.end(), [&](const TaskInfo& task) {
    return task.task_id().value() == task_id;
  });
  if (queued != queued_.end()) {
    queued_.erase(queued);
    return {AgentUpdate(task_id, mesos::v1::TASK_KILLED,
                        TaskStatus::REASON_TASK_KILLED_DURING_LAUNCH,
                        "Killed before delivery to the executor")};
  }
  Event kill;
  kill.set_type(Event::KILL);
  kill.mutable_kill()->mutable_task_id()->set_value(task_id);
  if (policy != nullptr) *kill.mutable_kill()->mutable_kill_policy() = *policy;
  return {SendEvent{std::move(kill)}};
}

Session::Actions Session::OnShutdown() {
  if (state_ == State::kTerminating || state_ == State::kTerminated) return {};
  state_ = State::kTerminating;
  return {SendEvent{ShutdownEvent()}, AwaitShutdown{}};
}

Session::Actions Session::OnRegistrationTimeout(const std::string& message) {
  if (state_ != State::kRegistering) return {};
  state_ = State::kTerminating;
  end_reason_ = TaskStatus::REASON_EXECUTOR_REGISTRATION_TIMEOUT;
  end_message_ = message;
  return {DestroyContainer{}};
}

Session::Actions Session::Lose(TaskStatus::Reason reason, const std::string& message) {
  if (state_ == State::kTerminated) return {};
  state_ = State::kTerminated;
  Actions actions;
  EndTasks(mesos::v1::TASK_LOST, reason, message, &actions);
  for (Action& action : actions) {
    std::get<ForwardUpdate>(action).status.set_source(TaskStatus::SOURCE_MASTER);
  }
  return actions;
}

Session::Actions Session::OnAgentDied() {
  if (subscribed_.framework_info().checkpoint()) return {};
  return Lose(TaskStatus::REASON_AGENT_DISCONNECTED,
              "Agent " + subscribed_.agent_info().hostname() + " disconnected");
}

Session::Actions Session::OnAgentRecovered() {
  if (state_ == State::kTerminated) return {};
  // Those that were never sent were not checkpointed either; the master asks for them (slave.cpp,
  // Slave::reregistered).
  Actions actions;
  for (const TaskInfo& task : queued_) {
    actions.push_back(AgentUpdate(task.task_id().value(), LostAs(mesos::v1::TASK_DROPPED),
                                  TaskStatus::REASON_RECONCILIATION,
                                  "Reconciliation: task unknown to the agent"));
  }
  queued_.clear();
  state_ = State::kRegistering;
  return actions;
}

Session::Actions Session::OnForgotten() {
  return Lose(TaskStatus::REASON_AGENT_REMOVED,
              "Agent " + subscribed_.agent_info().hostname() +
                  " removed: a new agent registered at the same address");
}

Session::Actions Session::OnReregistrationTimeout(const std::string& message) {
  if (state_ != State::kRegistering) return {};
  state_ = State::kTerminating;
  end_state_ = LostAs(mesos::v1::TASK_GONE);
  end_reason_ = TaskStatus::REASON_EXECUTOR_REREGISTRATION_TIMEOUT;
  end_message_ = message;
  return {DestroyContainer{}};
}

Session::Actions Session::OnExecutorExited() {
  if (state_ == State::kTerminated) return {};
  state_ = State::kTerminated;
  Actions actions;
  EndTasks(end_state_, end_reason_, end_message_, &actions);
  actions.push_back(EndStream{});
  return actions;
}

}  // namespace mesos_executor::dev_agent
