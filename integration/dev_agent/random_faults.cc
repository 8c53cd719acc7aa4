#include "integration/dev_agent/random_faults.h"

#include <random>

namespace mesos_executor::dev_agent {
namespace {

class Generator {
 public:
  Generator(uint64_t seed, const RandomFaultOptions& options) : random_(seed), options_(options) {}

  FaultPlan Plan() {
    FaultPlan plan;
    for (int count = static_cast<int>(Below(options_.faults + 1)); count > 0; --count) {
      plan.push_back(NewFault());
    }
    return plan;
  }

 private:
  // std::uniform_int_distribution may differ between libraries.
  uint64_t Below(uint64_t bound) { return bound == 0 ? 0 : random_() % bound; }
  bool Chance() { return Below(2) == 0; }
  absl::Duration Time() {
    return absl::Nanoseconds(Below(absl::ToInt64Nanoseconds(options_.longest) + 1));
  }

  Fault NewFault() {
    using Kind = Trigger::Kind;
    constexpr Kind kCalls[] = {Kind::kSubscribe, Kind::kUpdate, Kind::kCall};
    Fault fault;
    fault.trigger.kind = kCalls[Below(std::size(kCalls))];
    fault.trigger.first = 1 + static_cast<int>(Below(options_.calls));
    fault.trigger.last = fault.trigger.first;
    switch (Below(options_.restarts ? 8 : 7)) {
      case 0: {
        // A phase of them.
        fault.trigger.last += static_cast<int>(Below(4));
        constexpr int kCodes[] = {503, 503, 404, 500};
        fault.effect = AnswerInstead{.code = kCodes[Below(std::size(kCodes))]};
        break;
      }
      case 1:
        fault.effect = DelayAnswer{Time()};
        break;
      case 2:
      case 3:
        fault.effect = CutAnswer{.bytes = Below(options_.bytes), .reset = Chance()};
        break;
      case 4:
        fault.trigger.kind = Kind::kConnect;
        fault.effect = CutAnswer{.bytes = 0, .reset = Chance()};
        break;
      case 5:
        fault.trigger.after = Chance();
        fault.effect = Freeze{.time = Time(), .stop_reading = Chance()};
        break;
      case 6:
        fault.trigger.after = Chance();
        fault.effect = BreakStream{};
        break;
      default:
        fault.trigger.after = Chance();
        fault.effect = Restart{.down = Time(),
                               .no_routes = Time(),
                               .unrecovered = Time(),
                               .recovery = Time(),
                               .window = absl::Hours(1)};
        break;
    }
    return fault;
  }

  std::mt19937_64 random_;
  const RandomFaultOptions& options_;
};

}  // namespace

FaultPlan RandomFaults(uint64_t seed, const RandomFaultOptions& options) {
  return Generator(seed, options).Plan();
}

}  // namespace mesos_executor::dev_agent
