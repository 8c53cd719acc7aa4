#include "supervisor/base/task_label.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace mesos_executor {
namespace {

constexpr size_t kMostShown = 64;

}  // namespace

std::optional<std::string> LabelValue(const mesos::v1::Labels& labels, absl::string_view key) {
  for (const mesos::v1::Label& label : labels.labels()) {
    if (label.key() == key) return label.value();
  }
  return std::nullopt;
}

std::string LabelWarning(absl::string_view key, absl::string_view value,
                         absl::string_view problem) {
  return absl::StrCat("label ", key, "=\"", absl::CHexEscape(value.substr(0, kMostShown)),
                      value.size() > kMostShown ? "…" : "", "\": ", problem);
}

}  // namespace mesos_executor
