// A format for tests: a line's entry is the line in angle brackets.
#ifndef SIDECARS_LOG_SHIPPER_FAKE_FORMAT_H_
#define SIDECARS_LOG_SHIPPER_FAKE_FORMAT_H_

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "sidecars/log_shipper/line_format.h"

namespace mesos_executor::log_shipper {

// Lines that begin with "?" aren't in the format; those that begin with "+" go on, and the line
// before the first of them waits for them.
class FakeFormat final : public LineFormat {
 public:
  // With `holds`, every line waits for what might go on with it.
  explicit FakeFormat(bool holds = false) : holds_(holds) {}

  Result Append(absl::string_view line, absl::Time, std::string* entries) override {
    if (line.empty()) return Result::kNothing;
    if (absl::StartsWith(line, "?")) return Result::kUnparsed;
    if (!holds_) {
      absl::StrAppend(entries, "<", line, ">\n");
      return Result::kEntry;
    }
    if (!absl::StartsWith(line, "+")) Flush({}, entries);
    absl::StrAppend(&held_, line);
    return Result::kHeld;
  }
  void Flush(absl::Time, std::string* entries) override {
    if (!held_.empty()) absl::StrAppend(entries, "<", held_, ">\n");
    held_.clear();
  }
  void Reset() override { held_.clear(); }
  void AppendNotice(absl::string_view message, absl::Time, std::string* entries) override {
    absl::StrAppend(entries, "!", message, "\n");
  }

 private:
  const bool holds_;
  std::string held_;
};

}  // namespace mesos_executor::log_shipper

#endif  // SIDECARS_LOG_SHIPPER_FAKE_FORMAT_H_
