// Which kind of check a HealthCheck or a CheckInfo is.
#ifndef SUPERVISOR_BASE_CHECK_TYPE_H_
#define SUPERVISOR_BASE_CHECK_TYPE_H_

#include "absl/status/statusor.h"
#include "protos/mesos/v1/health.pb.h"

namespace mesos_executor {

// Never UNKNOWN, and the message of that kind is set. Frameworks of Mesos 1.0's time send no type:
// then it is the one message that is set. InvalidArgument where that leaves it open.
absl::StatusOr<mesos::v1::HealthCheck::Type> TypeOf(const mesos::v1::HealthCheck& check);
absl::StatusOr<mesos::v1::CheckInfo::Type> TypeOf(const mesos::v1::CheckInfo& check);

}  // namespace mesos_executor

#endif  // SUPERVISOR_BASE_CHECK_TYPE_H_
