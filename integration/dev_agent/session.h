// What an agent knows of one executor and its tasks, and what it does about each thing that happens
// to it. Pure: no clock, no I/O. Follows src/slave/slave.cpp of Mesos, and a real agent's answers
// where they were seen to differ.
#ifndef INTEGRATION_DEV_AGENT_SESSION_H_
#define INTEGRATION_DEV_AGENT_SESSION_H_

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "protos/mesos/v1/executor.pb.h"

namespace mesos_executor::dev_agent {

class Session {
 public:
  // Put this event on the present stream; without one it is lost.
  struct SendEvent {
    mesos::v1::executor::Event event;
  };
  // End the present stream properly.
  struct EndStream {};
  // The framework would see this now.
  struct ForwardUpdate {
    mesos::v1::TaskStatus status;
    bool made_by_agent = false;
    // The executor has sent this UUID before, and the framework would not see it again.
    bool repeated = false;
  };
  // The update was taken and will not be acknowledged.
  struct DropUpdate {
    mesos::v1::TaskStatus status;
    std::string why;
  };
  // Destroy the container when the shutdown grace period is over.
  struct AwaitShutdown {};
  // Destroy the container now.
  struct DestroyContainer {};
  using Action = std::variant<SendEvent, EndStream, ForwardUpdate, DropUpdate, AwaitShutdown,
                              DestroyContainer>;
  using Actions = std::vector<Action>;

  // `tasks` are launched as soon as the executor has subscribed.
  Session(mesos::v1::executor::Event::Subscribed subscribed,
          std::vector<mesos::v1::TaskInfo> tasks);

  // Calls other than SUBSCRIBE are taken.
  bool subscribed() const { return state_ != State::kRegistering; }
  // Calls find the executor.
  bool exists() const { return state_ != State::kTerminated; }
  const mesos::v1::executor::Event::Subscribed& description() const { return subscribed_; }

  // A SUBSCRIBE came; the stream is the new one's.
  Actions OnSubscribe(const mesos::v1::executor::Call::Subscribe& subscribe);
  // A valid update came.
  Actions OnUpdate(const mesos::v1::TaskStatus& status);
  // The framework wants a task killed; the policy replaces the task's own.
  Actions OnKill(const std::string& task_id, const mesos::v1::KillPolicy* policy);
  // The framework wants the executor shut down.
  Actions OnShutdown();
  // The executor did not subscribe in time; `message` says so.
  Actions OnRegistrationTimeout(const std::string& message);
  // The agent has died. Of a framework that doesn't checkpoint nothing is left.
  Actions OnAgentDied();
  // The agent is back, and knows the executor and its tasks again.
  Actions OnAgentRecovered();
  // The agent is back under a new id, and knows nothing of them.
  Actions OnForgotten();
  // The executor did not subscribe in time after that; `message` says so.
  Actions OnReregistrationTimeout(const std::string& message);
  // The executor's process is gone.
  Actions OnExecutorExited();

 private:
  enum class State { kRegistering, kRunning, kTerminating, kTerminated };

  struct Task {
    bool updated = false;
    // A terminal update was forwarded. The framework acknowledges at once, and the agent then
    // forgets the task.
    bool ended = false;
    std::set<std::string> uuids;
  };

  // An update in the agent's own name.
  Action AgentUpdate(const std::string& task_id, mesos::v1::TaskState state,
                     mesos::v1::TaskStatus::Reason reason, const std::string& message) const;
  // The state for frameworks that can tell what became of a task, TASK_LOST for others.
  mesos::v1::TaskState LostAs(mesos::v1::TaskState state) const;
  // Nothing is known of the executor any more; the master says what became of its tasks.
  Actions Lose(mesos::v1::TaskStatus::Reason reason, const std::string& message);
  // What of the tasks has not ended ends so.
  void EndTasks(mesos::v1::TaskState state, mesos::v1::TaskStatus::Reason reason,
                const std::string& message, Actions* actions);

  const mesos::v1::executor::Event::Subscribed subscribed_;
  State state_ = State::kRegistering;
  // Not sent yet.
  std::deque<mesos::v1::TaskInfo> queued_;
  // Sent, by id.
  std::map<std::string, Task> launched_;
  // How and why tasks without a terminal update end when the executor is gone.
  mesos::v1::TaskState end_state_ = mesos::v1::TASK_FAILED;
  mesos::v1::TaskStatus::Reason end_reason_ = mesos::v1::TaskStatus::REASON_EXECUTOR_TERMINATED;
  std::string end_message_ = "Executor terminated";
};

}  // namespace mesos_executor::dev_agent

#endif  // INTEGRATION_DEV_AGENT_SESSION_H_
