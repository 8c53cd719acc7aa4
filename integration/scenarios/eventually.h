// For what tells nobody when it has come: asked again and again, under a watchdog.
#ifndef INTEGRATION_SCENARIOS_EVENTUALLY_H_
#define INTEGRATION_SCENARIOS_EVENTUALLY_H_

#include <functional>

#include "absl/time/time.h"

namespace mesos_executor {

// True as soon as `condition` is; false if it isn't within `watchdog`.
bool Eventually(const std::function<bool()>& condition,
                absl::Duration watchdog = absl::Seconds(60));

}  // namespace mesos_executor

#endif  // INTEGRATION_SCENARIOS_EVENTUALLY_H_
