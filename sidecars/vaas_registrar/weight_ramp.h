// How a backend's weight rises, step by step.
#ifndef SIDECARS_VAAS_REGISTRAR_WEIGHT_RAMP_H_
#define SIDECARS_VAAS_REGISTRAR_WEIGHT_RAMP_H_

#include <optional>

#include "absl/time/time.h"
#include "sidecars/vaas_registrar/backend_definition.h"

namespace mesos_executor::vaas {

// Each step is a reload of every Varnish of the director, so there are few.
inline constexpr int kMaxRampSteps = 10;

// The time between two steps, all of them equally far apart.
absl::Duration RampPause(const WeightRamp& ramp);

// The weight after this one; nullopt where the ramp has come to its end. Whoever goes on after a
// restart needs to know nothing else.
std::optional<int> NextWeight(const WeightRamp& ramp, int weight);

}  // namespace mesos_executor::vaas

#endif  // SIDECARS_VAAS_REGISTRAR_WEIGHT_RAMP_H_
