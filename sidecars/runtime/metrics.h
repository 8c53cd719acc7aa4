// What a sidecar counts, for Prometheus (its text exposition format, version 0.0.4).
#ifndef SIDECARS_RUNTIME_METRICS_H_
#define SIDECARS_RUNTIME_METRICS_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/strings/string_view.h"

namespace mesos_executor::sidecar {

// All series of one process. Lives on the loop's thread; counters and gauges too.
class Metrics {
 public:
  using Labels = std::vector<std::pair<std::string, std::string>>;

  // Only goes up.
  class Counter {
   public:
    void Add(uint64_t more = 1) { value_ += more; }
    uint64_t value() const { return value_; }

   private:
    uint64_t value_ = 0;
  };

  Metrics() = default;
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // The counter of this name and these labels, made at the first call; lives as long as Metrics.
  // `name` by Prometheus' rules, ending in "_total"; the first call's `help` holds for the name.
  Counter& CounterOf(absl::string_view name, absl::string_view help, const Labels& labels = {});

  // A value that is asked for when somebody looks. `read` replaces an earlier one of the same name
  // and labels.
  void SetGauge(absl::string_view name, absl::string_view help, const Labels& labels,
                absl::AnyInvocable<double()> read);
  // No-op where there is none.
  void RemoveGauge(absl::string_view name, const Labels& labels);

  // The whole page, families in the order of their names.
  std::string Text();

 private:
  struct Family {
    std::string help;
    // By the labels as they are written.
    std::map<std::string, Counter> counters;
    std::map<std::string, absl::AnyInvocable<double()>> gauges;
  };

  Family& FamilyOf(absl::string_view name, absl::string_view help);

  std::map<std::string, Family, std::less<>> families_;
};

}  // namespace mesos_executor::sidecar

#endif  // SIDECARS_RUNTIME_METRICS_H_
