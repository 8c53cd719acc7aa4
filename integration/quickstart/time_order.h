// Puts events that reach us by different ways into the order in which they happened. Pure.
#ifndef INTEGRATION_QUICKSTART_TIME_ORDER_H_
#define INTEGRATION_QUICKSTART_TIME_ORDER_H_

#include <map>
#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "integration/quickstart/event.h"

namespace mesos_executor::quickstart {

// Holds each event back for a moment, in which older ones may still come.
class TimeOrder {
 public:
  explicit TimeOrder(absl::Duration patience) : patience_(patience) {}

  void Add(Event event);
  // Those that have waited long enough, oldest first; of equal age, in the order of Add.
  std::vector<Event> Take(absl::Time now);
  // All of them.
  std::vector<Event> TakeAll() { return Take(absl::InfiniteFuture()); }
  // When Take is to be called next; none while nothing waits.
  std::optional<absl::Time> next() const;

 private:
  const absl::Duration patience_;
  std::multimap<absl::Time, Event> waiting_;
};

}  // namespace mesos_executor::quickstart

#endif  // INTEGRATION_QUICKSTART_TIME_ORDER_H_
