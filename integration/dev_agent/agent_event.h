// What a dev agent tells those who watch it: everything that passes between it and its executor, in
// order.
#ifndef INTEGRATION_DEV_AGENT_AGENT_EVENT_H_
#define INTEGRATION_DEV_AGENT_AGENT_EVENT_H_

#include <sys/types.h>

#include <string>

#include "absl/time/time.h"
#include "protos/mesos/v1/executor.pb.h"
#include "protos/mesos/v1/task_status.pb.h"

namespace mesos_executor::dev_agent {

struct AgentEvent {
  enum Kind {
    kExecutorStarted,     // pid
    kExecFailed,          // detail: why
    kSubscribed,          // A SUBSCRIBE was taken; subscribe holds it.
    kEventSent,           // event (also ACKNOWLEDGED)
    kEventLost,           // event: no stream to put it on
    kUpdate,              // status, made_by_agent, repeated
    kUpdateDropped,       // status: taken, but not acknowledged; detail: why
    kMessage,             // detail: the executor's MESSAGE
    kCallRefused,         // code, detail: the answer to a call that was not taken
    kStreamGone,          // The executor's stream has ended; detail: how
    kExecutorExited,      // wait_status
    kFault,               // A fault of the plan strikes; detail: which
    kAgentPhase,          // The agent has died, or is a step further back; detail: how far
    kDestroying,          // The agent kills the container; detail: why
    kContainerDestroyed,  // No process of the container is left.
  };

  Kind kind = kExecutorStarted;
  absl::Time time;
  std::string detail;
  pid_t pid = 0;
  // As wait(2) tells it.
  int wait_status = 0;
  int code = 0;
  mesos::v1::executor::Call::Subscribe subscribe;
  mesos::v1::executor::Event event;
  mesos::v1::TaskStatus status;
  bool made_by_agent = false;
  bool repeated = false;
};

}  // namespace mesos_executor::dev_agent

#endif  // INTEGRATION_DEV_AGENT_AGENT_EVENT_H_
