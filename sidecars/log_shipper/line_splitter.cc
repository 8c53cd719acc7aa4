#include "sidecars/log_shipper/line_splitter.h"

#include <glog/logging.h>

#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "sidecars/log_shipper/line_format.h"

namespace mesos_executor::log_shipper {
namespace {

// Room for the words that mark a cut, with any number.
constexpr size_t kMark = 40;

}  // namespace

LineSplitter::LineSplitter(uint64_t offset, size_t longest_line, size_t piece)
    : longest_line_(longest_line), piece_(piece), offset_(offset) {
  CHECK_GT(longest_line_, kMark);
  CHECK_GT(piece_, 0u);
}

absl::Span<char> LineSplitter::Space() {
  CHECK_EQ(scanned_, end_) << "lines are waiting";
  const size_t held = end_ - begin_;
  if (capacity_ < held + piece_) {
    const size_t capacity = std::max(held + piece_, 2 * capacity_);
    std::unique_ptr<char[]> buffer(new char[capacity + LineFormat::kPadding]);
    if (held != 0) memcpy(buffer.get(), buffer_.get() + begin_, held);
    buffer_ = std::move(buffer);
    capacity_ = capacity;
  } else if (begin_ != 0 && held != 0) {
    memmove(buffer_.get(), buffer_.get() + begin_, held);
  }
  begin_ = 0;
  scanned_ = end_ = held;
  return {buffer_.get() + end_, capacity_ - end_};
}

void LineSplitter::Added(size_t bytes) {
  CHECK_LE(bytes, capacity_ - end_);
  end_ += bytes;
}

std::optional<LineSplitter::Line> LineSplitter::Next() {
  const char* const newline =
      end_ == scanned_
          ? nullptr
          : static_cast<const char*>(memchr(buffer_.get() + scanned_, '\n', end_ - scanned_));
  if (newline == nullptr) {
    scanned_ = end_;
    if (end_ - begin_ > longest_line_) Skip();
    FreeIfEmpty();
    return std::nullopt;
  }
  return Take(newline - buffer_.get() - begin_, 1);
}

std::optional<LineSplitter::Line> LineSplitter::Flush() {
  CHECK_EQ(scanned_, end_) << "lines are waiting";
  if (begin_ == end_) return std::nullopt;
  return Take(end_ - begin_, 0);
}

LineSplitter::Line LineSplitter::Take(size_t kept, size_t ending) {
  char* const start = buffer_.get() + begin_;
  const uint64_t whole = kept + skipped_;
  Line line = {{start, kept}, offset_ + whole + ending, whole > longest_line_};
  if (line.cut) {
    const size_t shown = longest_line_ - kMark;
    const std::string mark = absl::StrCat(" [cut: ", whole - shown, " more bytes]");
    memcpy(start + shown, mark.data(), mark.size());
    line.text = {start, shown + mark.size()};
  } else if (kept != 0 && start[kept - 1] == '\r') {
    line.text.remove_suffix(1);
  }
  begin_ += kept + ending;
  scanned_ = begin_;
  skipped_ = 0;
  offset_ = line.end;
  return line;
}

void LineSplitter::Skip() {
  const size_t excess = end_ - begin_ - longest_line_;
  skipped_ += excess;
  end_ -= excess;
  scanned_ = end_;
}

void LineSplitter::Reset(uint64_t offset) {
  begin_ = scanned_ = end_ = 0;
  skipped_ = 0;
  offset_ = offset;
  FreeIfEmpty();
}

void LineSplitter::FreeIfEmpty() {
  if (begin_ != end_) return;
  buffer_.reset();
  capacity_ = begin_ = scanned_ = end_ = 0;
}

}  // namespace mesos_executor::log_shipper
