// Which receiver to try next, and when.
#ifndef SIDECARS_LOG_SHIPPER_OUTPUTS_RECEIVER_CHOICE_H_
#define SIDECARS_LOG_SHIPPER_OUTPUTS_RECEIVER_CHOICE_H_

#include <cstddef>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "sidecars/log_shipper/outputs/receiver.h"
#include "sidecars/runtime/retry_pause.h"

namespace mesos_executor::log_shipper {

// Pure. One is used until it fails, then the next at once; when all have failed in a row, a pause,
// each longer than the one before.
class ReceiverChoice {
 public:
  // `random` is from 0 (included) to 1. Begins with the first.
  ReceiverChoice(std::vector<Receiver> receivers, absl::AnyInvocable<double()> random);

  // Others from now on; none is no news and changes nothing. False: the current one isn't among
  // them; the next is any of them, so that many shippers don't all meet at one.
  bool Replace(std::vector<Receiver> receivers);

  // The one to try now; null: there is none yet.
  const Receiver* current() const { return receivers_.empty() ? nullptr : &receivers_[current_]; }

  // The current one can't be reached, or was lost soon after. The pause before the next.
  absl::Duration Failed();
  // The current one works.
  void Works();

 private:
  std::vector<Receiver> receivers_;
  absl::AnyInvocable<double()> random_;
  size_t current_ = 0;
  size_t failed_in_a_row_ = 0;
  sidecar::RetryPause pause_;
};

}  // namespace mesos_executor::log_shipper

#endif  // SIDECARS_LOG_SHIPPER_OUTPUTS_RECEIVER_CHOICE_H_
