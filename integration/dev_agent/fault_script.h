// Which faults strike now: counts what happens at an agent against its plan. Pure.
#ifndef INTEGRATION_DEV_AGENT_FAULT_SCRIPT_H_
#define INTEGRATION_DEV_AGENT_FAULT_SCRIPT_H_

#include <map>
#include <vector>

#include "integration/dev_agent/fault_plan.h"

namespace mesos_executor::dev_agent {

class FaultScript {
 public:
  // Counts from now on. Faults at a time are not this class's.
  void Add(const FaultPlan& plan);

  // A connection or a call of that type has come: the faults that strike, in the order of the
  // plans.
  FaultPlan On(Trigger::Kind kind);

 private:
  // With first and last counted from the agent's beginning.
  FaultPlan plan_;
  std::map<Trigger::Kind, int> counts_;
};

}  // namespace mesos_executor::dev_agent

#endif  // INTEGRATION_DEV_AGENT_FAULT_SCRIPT_H_
