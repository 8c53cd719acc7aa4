// Which lines go together: label executor-log-multiline.
#ifndef SIDECARS_LOG_SHIPPER_MULTILINE_RULE_H_
#define SIDECARS_LOG_SHIPPER_MULTILINE_RULE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace mesos_executor::log_shipper {

// Says it of two lines that follow one another, in a time that the pattern's length bounds. Values:
//   indented        A line that begins with a space, a tab or "Caused by:" continues the one
//   before. first:PATTERN   A line continues the one before it unless it begins as PATTERN: "#" is
//   any
//                   digit, "?" any byte, "\" takes the next as it is, all else is itself. So
//                   `first:####-##-##` is for events that begin with a date.
class MultilineRule {
 public:
  static constexpr size_t kLongestPattern = 200;

  // InvalidArgument for other values.
  static absl::StatusOr<MultilineRule> Parse(absl::string_view value);

  bool Continues(absl::string_view line) const;

 private:
  MultilineRule() = default;

  bool BeginsAsFirst(absl::string_view line) const;

  bool indented_ = false;
  std::string first_;
};

}  // namespace mesos_executor::log_shipper

#endif  // SIDECARS_LOG_SHIPPER_MULTILINE_RULE_H_
