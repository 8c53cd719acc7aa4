// Says in the log when Consul goes away and when it is back.
#ifndef SIDECARS_CONSUL_REGISTRAR_REACHABILITY_H_
#define SIDECARS_CONSUL_REGISTRAR_REACHABILITY_H_

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace mesos_executor::consul {

// Lives on the loop's thread.
class Reachability {
 public:
  // Without a failure for so long, Consul counts as back: one that fails now and then must not
  // flood the log.
  static constexpr absl::Duration kSteady = absl::Seconds(30);

  // `name`: where Consul is, for people.
  explicit Reachability(std::string name) : name_(std::move(name)) {}

  // What came of a request.
  void Note(const absl::Status& result, absl::Time now);

 private:
  const std::string name_;
  // As the log says.
  bool away_ = false;
  absl::Time last_failure_;
};

}  // namespace mesos_executor::consul

#endif  // SIDECARS_CONSUL_REGISTRAR_REACHABILITY_H_
