// A stream's bytes as its lines.
#ifndef SIDECARS_LOG_SHIPPER_LINE_SPLITTER_H_
#define SIDECARS_LOG_SHIPPER_LINE_SPLITTER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace mesos_executor::log_shipper {

// Owns the buffer that input is read into, and gives lines as views of it: what arrives whole is
// never copied. Between pieces it holds no more than the line that is not yet complete, and no
// memory where there is none.
//
// A line ends with "\n" or "\r\n", which are no part of it; a NUL is data as any other. Of a line
// of more than `longest_line` bytes only the beginning is kept, and " [cut: N more bytes]" follows
// it: `longest_line` bytes at most, together.
class LineSplitter {
 public:
  static constexpr size_t kLongestLine = 1 << 20;
  // So many bytes are asked for at once, at least.
  static constexpr size_t kPiece = 256 << 10;

  struct Line {
    // Valid until the next call; LineFormat::kPadding bytes behind it are readable.
    absl::string_view text;
    // The input's offset behind the line and its end: where to go on after a restart.
    uint64_t end;
    bool cut;
  };

  // `offset` is the input's where it begins.
  explicit LineSplitter(uint64_t offset = 0, size_t longest_line = kLongestLine,
                        size_t piece = kPiece);

  // Where the next bytes of the input go. All lines must have been taken.
  absl::Span<char> Space();
  // So many bytes of Space() were filled.
  void Added(size_t bytes);

  // The next line that is complete.
  std::optional<Line> Next();

  // The input has ended: what it ends with is a line, too.
  std::optional<Line> Flush();

  // The input goes on elsewhere: what is incomplete is forgotten.
  void Reset(uint64_t offset);

  // The input's offset behind the last line that was given: where an incomplete line begins.
  uint64_t offset() const { return offset_; }
  // The input's offset behind all that was added: what to read next.
  uint64_t end() const { return offset_ + (end_ - begin_) + skipped_; }

 private:
  // The line from begin_, which is `kept` bytes in the buffer; `ending` bytes end it.
  Line Take(size_t kept, size_t ending);
  // Forgets what is beyond the beginning of a line that is too long.
  void Skip();
  void FreeIfEmpty();

  const size_t longest_line_;
  const size_t piece_;
  std::unique_ptr<char[]> buffer_;
  size_t capacity_ = 0;
  // What isn't yet given. Up to scanned_ there is no newline.
  size_t begin_ = 0;
  size_t scanned_ = 0;
  size_t end_ = 0;
  // Bytes of the line from begin_ that were forgotten: all that came behind end_.
  uint64_t skipped_ = 0;
  uint64_t offset_;
};

}  // namespace mesos_executor::log_shipper

#endif  // SIDECARS_LOG_SHIPPER_LINE_SPLITTER_H_
