// Lines that are plain text.
#ifndef SIDECARS_LOG_SHIPPER_TEXT_FORMAT_H_
#define SIDECARS_LOG_SHIPPER_TEXT_FORMAT_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "sidecars/log_shipper/entry.h"
#include "sidecars/log_shipper/line_format.h"
#include "sidecars/log_shipper/multiline_rule.h"

namespace mesos_executor::log_shipper {

// Each line is the message of an entry. With a rule, lines that go together are one: joined by
// "\n", with the time of the first, and held until a line comes that doesn't continue them, or
// Flush(). An event ends before it has more than kMostLines, or more than kMostBytes.
class TextFormat : public LineFormat {
 public:
  static constexpr size_t kMostLines = 500;
  static constexpr size_t kMostBytes = 256 << 10;

  // What the entries say of themselves; both may be empty.
  struct Kind {
    std::string level;
    std::string logger;
  };

  TextFormat(std::shared_ptr<EntryWriter> writer, Kind kind, std::optional<MultilineRule> rule);

  Result Append(absl::string_view line, absl::Time read_at, std::string* entries) override;
  void Flush(absl::Time now, std::string* entries) override;
  void Reset() override;
  void AppendNotice(absl::string_view message, absl::Time at, std::string* entries) override;

  bool holds() const { return held_lines_ != 0; }

 private:
  const std::shared_ptr<EntryWriter> writer_;
  const Kind kind_;
  const std::optional<MultilineRule> rule_;
  std::string held_;
  size_t held_lines_ = 0;
  absl::Time held_since_;
};

}  // namespace mesos_executor::log_shipper

#endif  // SIDECARS_LOG_SHIPPER_TEXT_FORMAT_H_
