// Lines of logfmt: level=info msg="GET /x" status=200.
#ifndef SIDECARS_LOG_SHIPPER_LOGFMT_PARSER_H_
#define SIDECARS_LOG_SHIPPER_LOGFMT_PARSER_H_

#include <string>
#include <vector>

#include "sidecars/log_shipper/line_parser.h"

namespace mesos_executor::log_shipper {

// As https://brandur.org/logfmt and the parser that the seed used have it. Pairs are separated by
// spaces and control characters; all values are texts, in JSON too.
//   key=value     The value ends before the next separator; "=" and quotes in it are data.
//   key="a b"     JSON's escapes count; a backslash that begins none of them is data.
//   key= and key  The value is empty.
// A line is refused if none of its keys has a "=": any prose would be keys. So it is for a key that
// is empty or holds a quote, for a quote that isn't closed, and for what touches a closing one.
class LogfmtParser : public LineParser {
 public:
  bool Parse(absl::string_view line, std::vector<Member>* members) override;

 private:
  // Where a member lies in json_.
  struct Place {
    absl::string_view key;
    size_t begin;
    size_t value;
    size_t end;
  };

  bool ReadMembers(absl::string_view line);
  // Appends the value at the start of `*rest`, which a '"' began, and takes it and its end away.
  bool ReadQuoted(absl::string_view* rest);

  // The members as JSON, with commas between them.
  std::string json_;
  std::vector<Place> places_;
};

}  // namespace mesos_executor::log_shipper

#endif  // SIDECARS_LOG_SHIPPER_LOGFMT_PARSER_H_
