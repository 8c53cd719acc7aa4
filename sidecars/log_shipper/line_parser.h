// A line as the members of an object.
#ifndef SIDECARS_LOG_SHIPPER_LINE_PARSER_H_
#define SIDECARS_LOG_SHIPPER_LINE_PARSER_H_

#include <cstddef>
#include <vector>

#include "absl/strings/string_view.h"
#include "sidecars/log_shipper/entry.h"

namespace mesos_executor::log_shipper {

// Keeps nothing of one line for the next but memory: one serves any number of streams.
class LineParser {
 public:
  // No line has more members. Nobody's log has; some flood of bytes may look as if.
  static constexpr size_t kMostMembers = 1000;

  virtual ~LineParser() = default;

  // Replaces `*members` by those of the line, whose views are valid until the next call and while
  // the line is; false, and any members, if it isn't in this format. LineFormat::kPadding bytes
  // behind it are readable. All texts are well-formed JSON, and characters that readers accept.
  virtual bool Parse(absl::string_view line, std::vector<Member>* members) = 0;
};

}  // namespace mesos_executor::log_shipper

#endif  // SIDECARS_LOG_SHIPPER_LINE_PARSER_H_
