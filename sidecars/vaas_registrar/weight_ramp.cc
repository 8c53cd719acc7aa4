#include "sidecars/vaas_registrar/weight_ramp.h"

#include <algorithm>

namespace mesos_executor::vaas {
namespace {

int Steps(const WeightRamp& ramp) { return std::clamp(ramp.to - 1, 1, kMaxRampSteps); }

}  // namespace

absl::Duration RampPause(const WeightRamp& ramp) { return ramp.over / Steps(ramp); }

std::optional<int> NextWeight(const WeightRamp& ramp, int weight) {
  const int steps = Steps(ramp);
  for (int step = 1; step <= steps; ++step) {
    const int next = 1 + (ramp.to - 1) * step / steps;
    if (next > weight) return next;
  }
  return std::nullopt;
}

}  // namespace mesos_executor::vaas
