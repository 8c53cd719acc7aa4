// What a fault plan counts a call as.
#ifndef INTEGRATION_DEV_AGENT_CALL_KIND_H_
#define INTEGRATION_DEV_AGENT_CALL_KIND_H_

#include "integration/dev_agent/call_check.h"
#include "integration/dev_agent/fault_plan.h"

namespace mesos_executor::dev_agent {

// Also of a call that will be refused; kCall: of no type, or unreadable.
Trigger::Kind CallKind(const RawCall& request);

}  // namespace mesos_executor::dev_agent

#endif  // INTEGRATION_DEV_AGENT_CALL_KIND_H_
