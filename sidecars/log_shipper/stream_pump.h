// One stream of a task, from its spool to a batch of entries: what is read next, what was sent, and
// what may be given back to the disk. Pure.
//
//     0 ... base ......... settled ... next ......... size
//     given   sent, sent     held as   not read yet
//     back    again if the   part of
//             connection     an event
//             breaks
//
// The base is what survives us: it is stored, and the disk behind it is given back
// (resend_window.h). No line is kept in memory for that: what has to be sent again is read again.
#ifndef SIDECARS_LOG_SHIPPER_STREAM_PUMP_H_
#define SIDECARS_LOG_SHIPPER_STREAM_PUMP_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "sidecars/log_shipper/counters.h"
#include "sidecars/log_shipper/executor_output.h"
#include "sidecars/log_shipper/line_format.h"
#include "sidecars/log_shipper/line_splitter.h"
#include "sidecars/log_shipper/resend_window.h"
#include "sidecars/log_shipper/spool.h"

namespace mesos_executor::log_shipper {

// Lives on the loop's thread.
class StreamPump {
 public:
  // A batch of entries ends with the line that makes it longer.
  static constexpr size_t kBatch = size_t{512} << 10;
  // The reader of a log is told at most so often that something of it is missing.
  static constexpr absl::Duration kNoticePause = absl::Seconds(1);

  struct Options {
    // For people: "stdout of web.1".
    std::string name;
    // Unshipped data beyond it is dropped, the oldest first.
    uint64_t max_unshipped = uint64_t{256} << 20;
    // Longer entries are dropped, their newline not counted.
    size_t max_entry = SIZE_MAX;
    // Of a longer line only the beginning is shipped (LineSplitter).
    size_t longest_line = LineSplitter::kLongestLine;
  };

  // `unparsed` may be null: then the lines of no format go nowhere, and are counted. `counters`
  // outlives the pump.
  StreamPump(Options options, std::unique_ptr<Spool> spool, std::unique_ptr<LineFormat> format,
             std::unique_ptr<ExecutorOutput> unparsed, Counters* counters);

  // Reads the next piece and appends the entries of at most `max_lines` lines, to be sent at once.
  // Returns whether there may be more right away. `wall` is the time of day.
  bool Pump(size_t max_lines, absl::Time wall, std::string* entries);
  // Lines that the last Pump took.
  size_t pumped_lines() const { return pumped_lines_; }
  // What was appended since the last call is sent, in the connection's first `position` bytes.
  void Sent(uint64_t position) { window_.Sent(settled_, position); }

  // Whether something waits for a Pump without new lines: an event for its end, a notice for its
  // time.
  bool holds() const { return held_lines_ > 0 || unsaid_ != nullptr; }
  // The event has no more lines.
  void FlushHeld(absl::Time wall, std::string* entries);

  // Keeps the bound on unshipped data while nothing can be sent. Returns whether to call it again
  // right away.
  bool KeepBound();

  // What the connection says (see ResendWindow): gives back what needs no keeping.
  void Advance(uint64_t written, bool resends, absl::Time now);
  void Break();

  // The task is over, and its file complete: a last line may lack its newline.
  void End() { ended_ = true; }
  // Nothing of it shall be sent any more. KeepBound then counts what is dropped.
  void Abandon();

  // After End: whether the receiver's kernel has all.
  bool delivered();
  // Whether something would be sent again.
  bool keeps() const { return !window_.empty(); }
  // Bytes that were not sent yet.
  uint64_t lag();
  const std::string& name() const { return options_.name; }

 private:
  // Takes the file's size; false where there is nothing to do with it.
  bool Look();
  void StartAgain();
  // Whether a hole lies ahead, which is then skipped.
  bool SkipHole();
  // Reads on into the splitter's buffer, without adding it there; empty where there is no more.
  absl::string_view Read();
  void Append(const LineSplitter::Line& line, absl::Time wall, std::string* entries);
  // The lines up to `end` became what `entries` holds from `from` on: one entry, which is taken out
  // where it is too long, or none. Counts those of them that weren't counted before a break.
  void EndEvent(uint64_t end, size_t from, std::string* entries);
  bool NoticeIsDue(absl::Time wall) const;
  void AppendNotice(absl::Time wall, std::string* entries);

  // One piece of what is to be dropped.
  void Discard();
  void StartDiscard(uint64_t until, const char* reason);
  bool discarding() const { return next_ < discard_until_ || discard_line_; }
  // What isn't settled yet goes, up to `end`: bytes that weren't counted yet are counted, and with
  // them `lines` and those that are held.
  void Drop(const char* reason, uint64_t end, uint64_t lines);
  void ForgetHeld();
  void Warn(const absl::Status& status);

  const Options options_;
  const std::unique_ptr<Spool> spool_;
  const std::unique_ptr<LineFormat> format_;
  const std::unique_ptr<ExecutorOutput> unparsed_;
  Counters& counters_;

  LineSplitter splitter_;
  // A line's start, or inside of what is being dropped.
  uint64_t next_;
  // A line's start.
  uint64_t settled_;
  // As far as the file was last seen to reach.
  uint64_t size_;
  // Up to here lines were counted, and unparsed ones written.
  uint64_t seen_;
  // Up to here lines were counted as shipped, or as dropped.
  uint64_t counted_;
  ResendWindow window_;
  uint64_t stored_;
  uint64_t released_;
  // As Spool::lost.
  uint64_t lost_ = 0;
  bool ended_ = false;
  bool warned_ = false;
  size_t pumped_lines_ = 0;
  uint64_t held_lines_ = 0;
  // Of them, those beyond counted_.
  uint64_t held_uncounted_ = 0;

  // What is to be dropped: up to an offset, and then to the end of the line.
  uint64_t discard_until_ = 0;
  bool discard_line_ = false;
  const char* discard_reason_ = kSpoolFull;

  // What the reader of the log wasn't told yet.
  const char* unsaid_ = nullptr;
  uint64_t unsaid_bytes_ = 0;
  absl::Time last_notice_ = absl::InfinitePast();
};

}  // namespace mesos_executor::log_shipper

#endif  // SIDECARS_LOG_SHIPPER_STREAM_PUMP_H_
