// What a task's labels say.
#ifndef SUPERVISOR_BASE_TASK_LABEL_H_
#define SUPERVISOR_BASE_TASK_LABEL_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "protos/mesos/v1/labels.pb.h"

namespace mesos_executor {

// The value of the label `key`, the first one where there are several, "" where it has none.
std::optional<std::string> LabelValue(const mesos::v1::Labels& labels, absl::string_view key);

// For the log: `label KEY="VALUE": PROBLEM`, with the value printable and not too long.
std::string LabelWarning(absl::string_view key, absl::string_view value, absl::string_view problem);

}  // namespace mesos_executor

#endif  // SUPERVISOR_BASE_TASK_LABEL_H_
