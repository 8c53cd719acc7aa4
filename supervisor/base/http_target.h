// The target of an HTTP request, where people write it: in a check, in a label.
#ifndef SUPERVISOR_BASE_HTTP_TARGET_H_
#define SUPERVISOR_BASE_HTTP_TARGET_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace mesos_executor {

// OK if it is a path, perhaps with a query, that can be sent as it is (RFC 9112, 3.2.1).
// InvalidArgument otherwise; the message says what is wrong and fits behind "http.path ". It does
// not quote the target, which may hold a secret.
absl::Status CheckHttpTarget(absl::string_view target);

}  // namespace mesos_executor

#endif  // SUPERVISOR_BASE_HTTP_TARGET_H_
