#include "sidecars/log_shipper/spools_message.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "protos/lifecycle/v1/spools.pb.h"
#include "sidecars/runtime/message_rules.h"

namespace mesos_executor::log_shipper {
namespace {

using lifecycle::v1::Spools;

// The place of `role`; nothing where there is none. InvalidArgument where there are two.
absl::StatusOr<std::optional<size_t>> Place(const Spools& message, Spools::Role role) {
  std::optional<size_t> place;
  for (int i = 0; i < message.roles_size(); ++i) {
    if (message.roles(i) != role) continue;
    if (place) {
      return absl::InvalidArgumentError(
          absl::StrCat("two descriptors are ", Spools::Role_Name(role)));
    }
    place = i;
  }
  return place;
}

absl::Status Require(const Spools& message, Spools::Role role, size_t* place) {
  const auto found = Place(message, role);
  if (!found.ok()) return found.status();
  if (!*found) {
    return absl::InvalidArgumentError(absl::StrCat("no descriptor is ", Spools::Role_Name(role)));
  }
  *place = **found;
  return absl::OkStatus();
}

absl::Status Allow(const Spools& message, Spools::Role role, std::optional<size_t>* place) {
  const auto found = Place(message, role);
  if (!found.ok()) return found.status();
  *place = *found;
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<SpoolsMessage> ParseSpools(absl::string_view bytes, size_t descriptors) {
  Spools message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::InvalidArgumentError("not a message Spools");
  }
  if (static_cast<size_t>(message.roles_size()) != descriptors) {
    return absl::InvalidArgumentError(
        absl::StrCat(descriptors, " descriptors came with ", message.roles_size(), " roles"));
  }
  if (message.limit_bytes() == 0) return absl::InvalidArgumentError("limit_bytes is 0");
  SpoolsMessage parsed;
  for (const absl::Status& status :
       {sidecar::CheckId("incarnation", message.incarnation()),
        sidecar::CheckId("framework_id", message.framework_id()),
        sidecar::CheckId("executor_id", message.executor_id()),
        sidecar::CheckId("task_id", message.task_id()),
        Require(message, Spools::STDOUT_SPOOL, &parsed.out),
        Require(message, Spools::STDERR_SPOOL, &parsed.err),
        Require(message, Spools::OFFSETS, &parsed.offsets),
        Allow(message, Spools::EXECUTOR_STDOUT, &parsed.executor_out),
        Allow(message, Spools::EXECUTOR_STDERR, &parsed.executor_err)}) {
    if (!status.ok()) return status;
  }
  parsed.incarnation = message.incarnation();
  parsed.framework_id = message.framework_id();
  parsed.executor_id = message.executor_id();
  parsed.task_id = message.task_id();
  parsed.limit = message.limit_bytes();
  return parsed;
}

}  // namespace mesos_executor::log_shipper
