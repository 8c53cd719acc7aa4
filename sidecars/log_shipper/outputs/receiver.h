// A receiver's place on the network, as people write it.
#ifndef SIDECARS_LOG_SHIPPER_OUTPUTS_RECEIVER_H_
#define SIDECARS_LOG_SHIPPER_OUTPUTS_RECEIVER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace mesos_executor::log_shipper {

struct Receiver {
  // A name or an address, without brackets.
  std::string host;
  uint16_t port = 0;

  bool operator==(const Receiver&) const = default;
};

// More are not of use to anybody.
inline constexpr size_t kMaxReceivers = 256;

// "host:port", "1.2.3.4:5", "[::1]:5".
std::string ReceiverName(const Receiver& receiver);

// Such names with commas between them; blanks around them and empty ones are skipped. At least one.
// InvalidArgument says which is wrong, and why.
absl::StatusOr<std::vector<Receiver>> ParseReceivers(absl::string_view text);

}  // namespace mesos_executor::log_shipper

#endif  // SIDECARS_LOG_SHIPPER_OUTPUTS_RECEIVER_H_
