// One executor's processes, started as an agent starts them: working directory and output in the
// sandbox, a session of its own, and everything that it leaves behind within reach.
#ifndef INTEGRATION_DEV_AGENT_CONTAINER_H_
#define INTEGRATION_DEV_AGENT_CONTAINER_H_

#include <sys/types.h>

#include <map>
#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "protos/mesos/v1/command.pb.h"
#include "supervisor/base/unique_fd.h"
#include "supervisor/event_loop/event_loop.h"

namespace mesos_executor::dev_agent {

struct ContainerSpec {
  mesos::v1::CommandInfo command;
  // All of it.
  std::map<std::string, std::string> environment;
  std::string sandbox;
  // Empty: our own.
  std::string user;
  // Whether destroying the Container (or our death) kills what is in it.
  bool destroy = true;
};

// Lives on the loop's thread.
class Container {
 public:
  struct Callbacks {
    absl::AnyInvocable<void(pid_t pid)> started;
    // The command could not be executed; `exited` follows.
    absl::AnyInvocable<void(int error)> exec_failed;
    // The executor (not what it started) ended, with this status of wait(2).
    absl::AnyInvocable<void(int wait_status)> exited;
    // No process is left.
    absl::AnyInvocable<void()> emptied;
  };

  // Errors: NotFound (user), or what the sandbox's files or fork() say. The callbacks come later,
  // from the loop.
  static absl::StatusOr<std::unique_ptr<Container>> Launch(EventLoop* loop,
                                                           const ContainerSpec& spec,
                                                           Callbacks callbacks);
  // Kills what is left unless spec.destroy is off, and waits until it is gone.
  ~Container();
  Container(const Container&) = delete;
  Container& operator=(const Container&) = delete;

  // SIGKILLs every process in the container.
  void Destroy();

 private:
  Container(EventLoop* loop, UniqueFd control, pid_t keeper, bool destroy, Callbacks callbacks);

  void OnMessage();

  UniqueFd control_;
  const pid_t keeper_;
  const bool destroy_;
  pid_t executor_ = 0;
  bool executor_exited_ = false;
  Callbacks callbacks_;
  std::unique_ptr<Pending> watch_;
};

}  // namespace mesos_executor::dev_agent

#endif  // INTEGRATION_DEV_AGENT_CONTAINER_H_
