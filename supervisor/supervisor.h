// Composes the parts of the supervisor: what one of them reports becomes an input of the task's
// state machine, and what that wants done is carried out by another. Holds no decision of its own.
#ifndef SUPERVISOR_SUPERVISOR_H_
#define SUPERVISOR_SUPERVISOR_H_

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "protos/mesos/v1/executor.pb.h"
#include "supervisor/agent/agent_client.h"
#include "supervisor/base/environment.h"
#include "supervisor/base/http_client.h"
#include "supervisor/configuration.h"
#include "supervisor/event_loop/asio_event_loop.h"
#include "supervisor/process/child_reaper.h"
#include "supervisor/process/shim.h"
#include "supervisor/recorder.h"
#include "supervisor/task/task_machine.h"
#include "supervisor/task_checks.h"
#include "supervisor/task_plan.h"
#include "supervisor/task_processes.h"
#include "supervisor/task_sidecars.h"

namespace mesos_executor {

// Lives on the loop's thread.
class Supervisor final : private agent::AgentClient::Observer {
 public:
  // `loop` and `reaper` must outlive it.
  Supervisor(AsioEventLoop* loop, process::ChildReaper* reaper, process::Shim shim,
             Configuration configuration, Environment environment, Timeline timeline);
  ~Supervisor() override;

  // Runs the loop until the executor is to leave; returns its exit code.
  int Run();

  // SIGTERM to the supervisor means the same as the agent's SHUTDOWN.
  void OnTerminationSignal(int signal);

 private:
  // agent::AgentClient::Observer:
  void OnSubscribed(const mesos::v1::executor::Event::Subscribed& subscribed) override;
  void OnLaunch(const mesos::v1::TaskInfo& task) override;
  void OnLaunchGroup(const mesos::v1::TaskGroupInfo& group) override;
  void OnKill(const mesos::v1::executor::Event::Kill& kill) override;
  void OnShutdown() override;
  void OnMessage(const std::string& data) override;
  void OnUpdateAcknowledged(const mesos::v1::TaskStatus& status) override;
  void OnUpdateRefused(const mesos::v1::TaskStatus& status, const absl::Status& why) override;
  void OnAllSettled(bool terminal_refused) override;
  void OnDisconnected(absl::Status why) override;
  void OnLost(absl::Status why) override;

  // Hands the input to the machine and does what it says; also from within Do, after the present
  // actions.
  void Feed(task::Input input);
  absl::AnyInvocable<void(task::Input)> Feeder();
  void Do(const task::SendUpdate& action);
  void Do(const task::AskSidecars& action);
  void Do(const task::CancelAsk& action);
  void Do(const task::FinishSidecars& action);
  void Do(const task::LaunchProcess& action);
  void Do(const task::RequestStop& action);
  void Do(const task::TerminateTree& action);
  void Do(const task::KillTree& action);
  void Do(const task::StartChecks& action);
  void Do(const task::StopChecks& action);
  void Do(const task::Exit& action);
  void ArmDeadline();

  void AttachSidecars();

  AsioEventLoop* const loop_;
  const Configuration configuration_;
  const Environment environment_;
  Recorder recorder_;

  task::TaskMachine machine_;
  std::deque<task::Input> inputs_;
  bool feeding_ = false;
  std::unique_ptr<Pending> deadline_;
  int exit_code_ = 0;

  mesos::v1::executor::Event::Subscribed subscribed_;
  // The LAUNCH that came last, until it is known to be the task's.
  mesos::v1::TaskInfo task_;
  TaskPlan plan_;

  const std::unique_ptr<HttpClient> http_client_;
  agent::AgentClient agent_;
  TaskProcesses processes_;
  TaskChecks checks_;
  std::unique_ptr<Pending> stop_request_;
  TaskSidecars sidecars_;
};

}  // namespace mesos_executor

#endif  // SUPERVISOR_SUPERVISOR_H_
