#include "sidecars/log_shipper/text_format.h"

#include <utility>

namespace mesos_executor::log_shipper {

TextFormat::TextFormat(std::shared_ptr<EntryWriter> writer, Kind kind,
                       std::optional<MultilineRule> rule)
    : writer_(std::move(writer)), kind_(std::move(kind)), rule_(std::move(rule)) {}

LineFormat::Result TextFormat::Append(absl::string_view line, absl::Time read_at,
                                      std::string* entries) {
  if (!rule_.has_value()) {
    if (line.empty()) return Result::kNothing;
    writer_->WriteText(line, kind_.level, kind_.logger, read_at, entries);
    return Result::kEntry;
  }
  if (holds() && held_lines_ < kMostLines && held_.size() + 1 + line.size() <= kMostBytes &&
      rule_->Continues(line)) {
    held_.push_back('\n');
    held_.append(line.data(), line.size());
    ++held_lines_;
    return Result::kHeld;
  }
  Flush(read_at, entries);
  if (line.empty()) return Result::kNothing;
  held_.assign(line.data(), line.size());
  held_lines_ = 1;
  held_since_ = read_at;
  return Result::kHeld;
}

void TextFormat::Flush(absl::Time /*now*/, std::string* entries) {
  if (!holds()) return;
  writer_->WriteText(held_, kind_.level, kind_.logger, held_since_, entries);
  Reset();
}

void TextFormat::Reset() {
  held_lines_ = 0;
  // Of the rare long event no memory stays.
  constexpr size_t kKept = 4096;
  if (held_.capacity() > kKept) {
    held_ = std::string();
  } else {
    held_.clear();
  }
}

void TextFormat::AppendNotice(absl::string_view message, absl::Time at, std::string* entries) {
  writer_->WriteNotice(message, at, entries);
}

}  // namespace mesos_executor::log_shipper
