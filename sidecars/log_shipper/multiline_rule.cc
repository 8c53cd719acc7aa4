#include "sidecars/log_shipper/multiline_rule.h"

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace mesos_executor::log_shipper {

absl::StatusOr<MultilineRule> MultilineRule::Parse(absl::string_view value) {
  MultilineRule rule;
  if (value == "indented") {
    rule.indented_ = true;
    return rule;
  }
  if (!absl::ConsumePrefix(&value, "first:")) {
    return absl::InvalidArgumentError(absl::StrCat("\"", absl::CHexEscape(value.substr(0, 100)),
                                                   "\": use indented or first:PATTERN"));
  }
  if (value.empty() || value.size() > kLongestPattern) {
    return absl::InvalidArgumentError(
        absl::StrCat("the pattern has ", value.size(), " bytes: use 1 to ", kLongestPattern));
  }
  rule.first_ = std::string(value);
  return rule;
}

bool MultilineRule::Continues(absl::string_view line) const {
  if (!indented_) return !BeginsAsFirst(line);
  return absl::StartsWith(line, " ") || absl::StartsWith(line, "\t") ||
         absl::StartsWith(line, "Caused by:");
}

bool MultilineRule::BeginsAsFirst(absl::string_view line) const {
  size_t at = 0;
  for (size_t i = 0; i < first_.size(); ++i, ++at) {
    if (at == line.size()) return false;
    if (first_[i] == '?') continue;
    if (first_[i] == '#') {
      if (!absl::ascii_isdigit(line[at])) return false;
      continue;
    }
    // At the pattern's end a backslash is itself.
    if (first_[i] == '\\' && i + 1 < first_.size()) ++i;
    if (first_[i] != line[at]) return false;
  }
  return true;
}

}  // namespace mesos_executor::log_shipper
