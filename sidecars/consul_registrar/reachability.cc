#include "sidecars/consul_registrar/reachability.h"

#include <glog/logging.h>

namespace mesos_executor::consul {

void Reachability::Note(const absl::Status& result, absl::Time now) {
  if (absl::IsUnavailable(result)) {
    last_failure_ = now;
    if (std::exchange(away_, true)) return;
    LOG(WARNING) << "Consul at " << name_ << " is away, trying again: " << result.message();
  } else if (away_ && now - last_failure_ >= kSteady) {
    away_ = false;
    LOG(INFO) << "Consul at " << name_ << " answers again";
  }
}

}  // namespace mesos_executor::consul
