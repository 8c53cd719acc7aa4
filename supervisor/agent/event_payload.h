// Whether an event has what its type promises.
#ifndef SUPERVISOR_AGENT_EVENT_PAYLOAD_H_
#define SUPERVISOR_AGENT_EVENT_PAYLOAD_H_

#include "absl/status/status.h"
#include "protos/mesos/v1/executor.pb.h"

namespace mesos_executor::agent {

// InvalidArgument names the part that is missing. Every part is optional on the wire
// (executor.proto), so that a decoded event need not have it.
absl::Status CheckPayload(const mesos::v1::executor::Event& event);

}  // namespace mesos_executor::agent

#endif  // SUPERVISOR_AGENT_EVENT_PAYLOAD_H_
