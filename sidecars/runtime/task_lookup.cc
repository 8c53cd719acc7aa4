#include "sidecars/runtime/task_lookup.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace mesos_executor {
namespace {

using lifecycle::v1::Task;

// As much of a wrong value as a message needs.
constexpr size_t kMaxShown = 100;

}  // namespace

const std::string* FindLabel(const google::protobuf::RepeatedPtrField<lifecycle::v1::Label>& labels,
                             absl::string_view key) {
  const auto found = std::find_if(labels.begin(), labels.end(),
                                  [key](const auto& label) { return label.key() == key; });
  return found == labels.end() ? nullptr : &found->value();
}

std::string TaskSetting(const Task& task, absl::string_view name, absl::string_view otherwise) {
  const auto found = task.settings().find(std::string(name));
  return found == task.settings().end() ? std::string(otherwise) : found->second;
}

absl::StatusOr<bool> IsEnabled(const Task& task, absl::string_view name) {
  const std::string value = TaskSetting(task, name);
  for (const auto* yes : {"1", "t", "T", "true", "TRUE", "True", ""}) {
    if (value == yes) return true;
  }
  for (const auto* no : {"0", "f", "F", "false", "FALSE", "False"}) {
    if (value == no) return false;
  }
  return absl::InvalidArgumentError(
      absl::StrCat(name, " is ", Quoted(value), ": use true or false"));
}

std::string Quoted(absl::string_view text) {
  return absl::StrCat("\"", absl::CHexEscape(text.substr(0, kMaxShown)), "\"");
}

}  // namespace mesos_executor
