// A task's health check and check, from its start to its end.
#ifndef SUPERVISOR_TASK_CHECKS_H_
#define SUPERVISOR_TASK_CHECKS_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "supervisor/base/http_client.h"
#include "supervisor/check_commands.h"
#include "supervisor/event_loop/asio_event_loop.h"
#include "supervisor/health/checker.h"
#include "supervisor/health/health_checker.h"
#include "supervisor/recorder.h"
#include "supervisor/task/input.h"
#include "supervisor/task_plan.h"

namespace mesos_executor {

// Lives on the loop's thread.
class TaskChecks final : private health::HealthChecker::Observer,
                         private health::Checker::Observer {
 public:
  // All of them must outlive it. `feed` gets the machine's inputs, from the loop.
  TaskChecks(AsioEventLoop* loop, HttpClient* client, Recorder* recorder,
             absl::AnyInvocable<void(task::Input)> feed)
      : loop_(loop), client_(client), recorder_(recorder), feed_(std::move(feed)) {}

  // The task has started. Its commands are run by `commands`, which must outlive this.
  void Start(const TaskPlan& plan, const std::string& sandbox, CheckCommands* commands);

  // No result comes any more; commands that run are killed.
  void Stop();

 private:
  void OnResult(bool success, absl::Duration took, const std::string& why) override;
  void OnHealthy() override;
  void OnUnhealthy(const std::string& why, bool kill) override;
  void OnCheckStatus(const mesos::v1::CheckStatusInfo& status, const std::string& why) override;

  AsioEventLoop* const loop_;
  HttpClient* const client_;
  Recorder* const recorder_;
  absl::AnyInvocable<void(task::Input)> feed_;
  // The health check's last result.
  std::optional<bool> last_;
  std::unique_ptr<health::HealthChecker> health_;
  std::unique_ptr<health::Checker> check_;
};

}  // namespace mesos_executor

#endif  // SUPERVISOR_TASK_CHECKS_H_
