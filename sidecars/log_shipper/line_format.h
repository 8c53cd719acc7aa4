// How a task's lines become entries for the receiver.
#ifndef SIDECARS_LOG_SHIPPER_LINE_FORMAT_H_
#define SIDECARS_LOG_SHIPPER_LINE_FORMAT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace mesos_executor::log_shipper {

// One for each stream of a task, as a format may keep state between lines. Never fails: what it
// can't parse it says so.
class LineFormat {
 public:
  virtual ~LineFormat() = default;

  enum class Result {
    // An entry was appended.
    kEntry,
    // Not in this format; nothing was appended. It goes to the executor's own stdout or stderr.
    kUnparsed,
    // Nothing to ship, such as an empty line.
    kNothing,
  };

  // Appends the entry of `line` (without its newline) to `*entries`: one JSON object, then '\n'.
  // `read_at` is the entry's time where the line has none.
  virtual Result Append(absl::string_view line, absl::Time read_at, std::string* entries) = 0;
};

}  // namespace mesos_executor::log_shipper

#endif  // SIDECARS_LOG_SHIPPER_LINE_FORMAT_H_
