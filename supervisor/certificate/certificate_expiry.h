// When a task has to end because its certificate does: the label validate-certificate=true, and the
// certificate in the task's environment, as in the Go executor.
#ifndef SUPERVISOR_CERTIFICATE_CERTIFICATE_EXPIRY_H_
#define SUPERVISOR_CERTIFICATE_CERTIFICATE_EXPIRY_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace mesos_executor::certificate {

// When the first certificate in `pem` ceases to be valid. InvalidArgument where there is none that
// can be read.
absl::StatusOr<absl::Time> NotAfter(absl::string_view pem);

// When to kill the task: at the end of the certificate in CERTIFICATE, less `share` of `range`.
// With a share from 0 to 1 that is chosen at random, the tasks of one certificate don't all end at
// once. `environment` is the task's, as "NAME=value"; `now` is the wall clock's. Errors say why the
// task can't be launched: InvalidArgument (no certificate, or a bad one), FailedPrecondition (it
// has no time left).
absl::StatusOr<absl::Time> KillTime(const std::vector<std::string>& environment, absl::Time now,
                                    absl::Duration range, double share);

}  // namespace mesos_executor::certificate

#endif  // SUPERVISOR_CERTIFICATE_CERTIFICATE_EXPIRY_H_
