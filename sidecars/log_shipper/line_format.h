// How a task's lines become entries for the receiver.
#ifndef SIDECARS_LOG_SHIPPER_LINE_FORMAT_H_
#define SIDECARS_LOG_SHIPPER_LINE_FORMAT_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace mesos_executor::log_shipper {

// One for each stream of a task, as a format may keep state between lines. Never fails: what it
// can't parse it says so.
class LineFormat {
 public:
  // So many bytes behind a line may be read, whatever they hold: parsers look at whole vectors.
  static constexpr size_t kPadding = 64;

  virtual ~LineFormat() = default;

  enum class Result {
    // An entry was appended.
    kEntry,
    // Not in this format; nothing was appended. It goes to the executor's own stdout or stderr.
    kUnparsed,
    // Nothing to ship, such as an empty line.
    kNothing,
    // Part of an event of several lines, which is held until its end is known.
    kHeld,
  };

  // Appends the entry of `line` (without its newline) to `*entries`: one JSON object, then '\n'.
  // kPadding bytes behind the line are readable. `read_at` is the entry's time where the line has
  // none. Whatever becomes of the line, the event that was held before it may come first.
  virtual Result Append(absl::string_view line, absl::Time read_at, std::string* entries) = 0;

  // Appends what is held, as nothing more came for a while, or the stream has ended.
  virtual void Flush(absl::Time /*now*/, std::string* /*entries*/) {}

  // Forgets what is held: its lines come again.
  virtual void Reset() {}

  // Appends an entry of our own, which tells the reader of the task's log about the log itself
  // (level WARN, logger log-shipper).
  virtual void AppendNotice(absl::string_view message, absl::Time at, std::string* entries) = 0;
};

}  // namespace mesos_executor::log_shipper

#endif  // SIDECARS_LOG_SHIPPER_LINE_FORMAT_H_
