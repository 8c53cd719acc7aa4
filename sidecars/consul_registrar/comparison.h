// Asks Consul now and then for all that it holds.
#ifndef SIDECARS_CONSUL_REGISTRAR_COMPARISON_H_
#define SIDECARS_CONSUL_REGISTRAR_COMPARISON_H_

#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "sidecars/consul_registrar/client.h"
#include "supervisor/event_loop/event_loop.h"

namespace mesos_executor::consul {

// Lives on the loop's thread. One listing serves all who wait for one.
class Comparison {
 public:
  // Shortened at random by up to a quarter: the sidecars of one Consul don't all come at once.
  static constexpr absl::Duration kEvery = absl::Seconds(10);

  struct Callbacks {
    // A listing is asked for now.
    absl::AnyInvocable<void()> asking;
    absl::AnyInvocable<void(const absl::StatusOr<Holdings>&)> seen;
    // It is time: whether there is anything to compare with. False stops the clock.
    absl::AnyInvocable<bool()> due;
    // From 0 (included) to 1.
    absl::AnyInvocable<double()> random;
  };

  // Loop and client outlive it.
  Comparison(EventLoop* loop, Client* client, Callbacks callbacks);

  // Asks now, unless it is being asked.
  void Look();
  // From now on each kEvery, as long as it is due.
  void Start();

 private:
  EventLoop* const loop_;
  Client* const client_;
  Callbacks callbacks_;
  std::unique_ptr<Operation> look_;
  std::unique_ptr<Pending> timer_;
};

}  // namespace mesos_executor::consul

#endif  // SIDECARS_CONSUL_REGISTRAR_COMPARISON_H_
