// The datagram that comes with a task's spools: what each of its descriptors is. Pure.
#ifndef SIDECARS_LOG_SHIPPER_SPOOLS_MESSAGE_H_
#define SIDECARS_LOG_SHIPPER_SPOOLS_MESSAGE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace mesos_executor::log_shipper {

struct SpoolsMessage {
  std::string incarnation;
  std::string framework_id;
  std::string executor_id;
  std::string task_id;
  uint64_t limit = 0;
  // Places among the datagram's descriptors, all different.
  size_t out = 0;
  size_t err = 0;
  size_t offsets = 0;
  std::optional<size_t> executor_out;
  std::optional<size_t> executor_err;
};

// Of a datagram with so many descriptors. Roles that this version doesn't know are skipped.
// InvalidArgument for what breaks the contract (protos/lifecycle/v1/README.md).
absl::StatusOr<SpoolsMessage> ParseSpools(absl::string_view bytes, size_t descriptors);

}  // namespace mesos_executor::log_shipper

#endif  // SIDECARS_LOG_SHIPPER_SPOOLS_MESSAGE_H_
