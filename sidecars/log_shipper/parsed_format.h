// Lines that a parser makes entries of.
#ifndef SIDECARS_LOG_SHIPPER_PARSED_FORMAT_H_
#define SIDECARS_LOG_SHIPPER_PARSED_FORMAT_H_

#include <memory>
#include <string>
#include <vector>

#include "sidecars/log_shipper/line_format.h"
#include "sidecars/log_shipper/line_parser.h"
#include "sidecars/log_shipper/text_format.h"

namespace mesos_executor::log_shipper {

// A line that the parser refuses is unparsed; or it is shipped as text, where `others` is given.
// Entries are in the order of their lines, held ones included.
class ParsedFormat : public LineFormat {
 public:
  ParsedFormat(std::shared_ptr<LineParser> parser, std::shared_ptr<EntryWriter> writer,
               std::unique_ptr<TextFormat> others);

  Result Append(absl::string_view line, absl::Time read_at, std::string* entries) override;
  void Flush(absl::Time now, std::string* entries) override;
  void Reset() override;
  void AppendNotice(absl::string_view message, absl::Time at, std::string* entries) override;

 private:
  const std::shared_ptr<LineParser> parser_;
  const std::shared_ptr<EntryWriter> writer_;
  const std::unique_ptr<TextFormat> others_;
  std::vector<Member> members_;
};

}  // namespace mesos_executor::log_shipper

#endif  // SIDECARS_LOG_SHIPPER_PARSED_FORMAT_H_
