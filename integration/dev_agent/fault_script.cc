#include "integration/dev_agent/fault_script.h"

#include <algorithm>
#include <limits>

namespace mesos_executor::dev_agent {

void FaultScript::Add(const FaultPlan& plan) {
  for (Fault fault : plan) {
    if (fault.trigger.kind == Trigger::Kind::kTime) continue;
    const int seen = counts_[fault.trigger.kind];
    fault.trigger.first += seen;
    fault.trigger.last += std::min(seen, std::numeric_limits<int>::max() - fault.trigger.last);
    plan_.push_back(std::move(fault));
  }
}

FaultPlan FaultScript::On(Trigger::Kind kind) {
  ++counts_[kind];
  const bool of_a_type = kind != Trigger::Kind::kConnect && kind != Trigger::Kind::kCall;
  if (of_a_type) ++counts_[Trigger::Kind::kCall];
  FaultPlan now;
  std::erase_if(plan_, [&](const Fault& fault) {
    const Trigger& trigger = fault.trigger;
    const bool counts = trigger.kind == kind || (of_a_type && trigger.kind == Trigger::Kind::kCall);
    const int count = counts_[trigger.kind];
    if (counts && trigger.first <= count && count <= trigger.last) now.push_back(fault);
    return trigger.last <= count;
  });
  return now;
}

}  // namespace mesos_executor::dev_agent
