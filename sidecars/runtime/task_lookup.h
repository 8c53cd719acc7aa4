// What the facts of a task say to a sidecar: its labels and settings.
#ifndef SIDECARS_RUNTIME_TASK_LOOKUP_H_
#define SIDECARS_RUNTIME_TASK_LOOKUP_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "protos/lifecycle/v1/lifecycle.pb.h"

namespace mesos_executor {

// The value of the first label of that key, as Mesos allows several; of a task, or of one of its
// ports. nullptr where there is none.
const std::string* FindLabel(const google::protobuf::RepeatedPtrField<lifecycle::v1::Label>& labels,
                             absl::string_view key);

// A setting that travels with the task, or `otherwise`.
std::string TaskSetting(const lifecycle::v1::Task& task, absl::string_view name,
                        absl::string_view otherwise = "");

// Whether the task wants the sidecar at all: the setting `name`, true where it isn't set. Takes the
// spellings of Go's strconv.ParseBool, as the seed did; InvalidArgument for others.
absl::StatusOr<bool> IsEnabled(const lifecycle::v1::Task& task, absl::string_view name);

// For messages: in quotes, escaped, and no longer than they need.
std::string Quoted(absl::string_view text);

}  // namespace mesos_executor

#endif  // SIDECARS_RUNTIME_TASK_LOOKUP_H_
