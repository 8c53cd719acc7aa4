#include "integration/dev_agent/recovery.h"

#include <algorithm>

namespace mesos_executor::dev_agent {

Recovery::Recovery(EventLoop* loop, const Restart& times,
                   absl::AnyInvocable<void(RecoveryStep)> on_step)
    : loop_(loop),
      on_step_(std::move(on_step)),
      steps_{{times.down, RecoveryStep::kListening},
             {times.no_routes, RecoveryStep::kRouted},
             {times.unrecovered, RecoveryStep::kRecovering}} {
  using Step = std::pair<absl::Duration, RecoveryStep>;
  Step first{times.recovery, RecoveryStep::kRecovered};
  Step second{times.window, RecoveryStep::kWindowOver};
  if (second.first < first.first) std::swap(first, second);
  second.first -= first.first;
  steps_.insert(steps_.end(), {first, second});
  Schedule();
}

void Recovery::Schedule() {
  timer_ = loop_->After(steps_.front().first, [this] {
    const RecoveryStep step = steps_.front().second;
    steps_.pop_front();
    // Before the step, which may end all this.
    if (!steps_.empty()) {
      Schedule();
    }
    on_step_(step);
  });
}

}  // namespace mesos_executor::dev_agent
