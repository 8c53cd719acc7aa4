#include "sidecars/log_shipper/outputs/receiver_choice.h"

#include <algorithm>
#include <utility>

namespace mesos_executor::log_shipper {

ReceiverChoice::ReceiverChoice(std::vector<Receiver> receivers, absl::AnyInvocable<double()> random)
    : receivers_(std::move(receivers)), random_(std::move(random)) {}

bool ReceiverChoice::Replace(std::vector<Receiver> receivers) {
  if (receivers.empty()) return true;
  size_t next = receivers.size();
  if (const Receiver* used = current(); used != nullptr) {
    next = std::find(receivers.begin(), receivers.end(), *used) - receivers.begin();
  }
  const bool kept = next < receivers.size();
  if (!kept) {
    next = static_cast<size_t>(random_() * static_cast<double>(receivers.size()));
    failed_in_a_row_ = 0;
  }
  receivers_ = std::move(receivers);
  current_ = next;
  return kept;
}

absl::Duration ReceiverChoice::Failed() {
  if (receivers_.empty()) return absl::ZeroDuration();
  current_ = (current_ + 1) % receivers_.size();
  if (++failed_in_a_row_ < receivers_.size()) return absl::ZeroDuration();
  failed_in_a_row_ = 0;
  return pause_.Next(random_());
}

void ReceiverChoice::Works() {
  failed_in_a_row_ = 0;
  pause_.Reset();
}

}  // namespace mesos_executor::log_shipper
