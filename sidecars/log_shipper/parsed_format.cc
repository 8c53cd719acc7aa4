#include "sidecars/log_shipper/parsed_format.h"

#include <utility>

namespace mesos_executor::log_shipper {

ParsedFormat::ParsedFormat(std::shared_ptr<LineParser> parser, std::shared_ptr<EntryWriter> writer,
                           std::unique_ptr<TextFormat> others)
    : parser_(std::move(parser)), writer_(std::move(writer)), others_(std::move(others)) {}

LineFormat::Result ParsedFormat::Append(absl::string_view line, absl::Time read_at,
                                        std::string* entries) {
  if (parser_->Parse(line, &members_)) {
    Flush(read_at, entries);
    writer_->WriteMembers(members_, read_at, entries);
    return Result::kEntry;
  }
  if (others_ != nullptr) return others_->Append(line, read_at, entries);
  return line.empty() ? Result::kNothing : Result::kUnparsed;
}

void ParsedFormat::Flush(absl::Time now, std::string* entries) {
  if (others_ != nullptr) others_->Flush(now, entries);
}

void ParsedFormat::Reset() {
  if (others_ != nullptr) others_->Reset();
}

void ParsedFormat::AppendNotice(absl::string_view message, absl::Time at, std::string* entries) {
  writer_->WriteNotice(message, at, entries);
}

}  // namespace mesos_executor::log_shipper
