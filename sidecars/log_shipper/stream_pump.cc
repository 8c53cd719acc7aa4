#include "sidecars/log_shipper/stream_pump.h"

#include <glog/logging.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

namespace mesos_executor::log_shipper {
namespace {

// Giving back costs a call of the kernel: worth it for so much, or for all that there is.
constexpr uint64_t kReleaseStep = uint64_t{256} << 10;

const char* InWords(absl::string_view reason) {
  if (reason == kTruncated) return "the task truncated it before all was shipped";
  if (reason == kGivenUp) return "it grew too long while nobody shipped it, and the oldest went";
  return "it grew faster than it could be shipped, and the oldest went";
}

uint64_t CountLines(absl::string_view text) {
  return static_cast<uint64_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

StreamPump::StreamPump(Options options, std::unique_ptr<Spool> spool,
                       std::unique_ptr<LineFormat> format, std::unique_ptr<ExecutorOutput> unparsed,
                       Counters* counters)
    : options_(std::move(options)),
      spool_(std::move(spool)),
      format_(std::move(format)),
      unparsed_(std::move(unparsed)),
      counters_(*counters),
      splitter_(spool_->LoadOffset(), options_.longest_line),
      next_(splitter_.offset()),
      settled_(next_),
      size_(next_),
      seen_(next_),
      counted_(next_),
      window_(next_),
      stored_(next_),
      released_(next_) {}

bool StreamPump::Pump(size_t max_lines, absl::Time wall, std::string* entries) {
  pumped_lines_ = 0;
  if (!Look()) return false;
  if (discarding()) {
    Discard();
    return next_ < size_ || (!discarding() && NoticeIsDue(wall));
  }
  if (NoticeIsDue(wall)) AppendNotice(wall, entries);
  const absl::string_view piece = Read();
  if (!piece.empty() && piece[0] == '\0' && SkipHole()) return true;
  splitter_.Added(piece.size());
  // The file may have grown since we looked.
  size_ = std::max(size_, splitter_.end());
  const uint64_t before = next_;
  bool all = false;
  while (entries->size() < kBatch && pumped_lines_ < max_lines) {
    auto line = splitter_.Next();
    all = !line;
    if (all && ended_ && splitter_.end() == size_) line = splitter_.Flush();
    if (!line) break;
    Append(*line, wall, entries);
  }
  const uint64_t read = splitter_.end();
  // Only a line that is longer than a piece is worth its memory.
  const bool line_goes_on = all && next_ == before && read < size_;
  if (!line_goes_on && (!all || read - next_ <= LineSplitter::kPiece)) splitter_.Reset(next_);
  if (ended_ && next_ == size_) FlushHeld(wall, entries);
  if (entries->empty()) window_.Skip(settled_);
  return !all || (read < size_ && !piece.empty());
}

void StreamPump::Append(const LineSplitter::Line& line, absl::Time wall, std::string* entries) {
  const uint64_t start = std::exchange(next_, line.end);
  ++pumped_lines_;
  const bool again = line.end <= seen_;
  if (again) {
    counters_.lines_resent.Add();
  } else {
    counters_.lines_read.Add();
    counters_.bytes_read.Add(line.end - seen_);
    if (line.cut) counters_.lines_cut.Add();
    seen_ = line.end;
  }
  const uint64_t uncounted = line.end > counted_ ? 1 : 0;
  size_t before = entries->size();
  const LineFormat::Result result = format_->Append(line.text, wall, entries);
  if (result == LineFormat::Result::kHeld) {
    // With an entry, the event before it is complete; this line begins the next one.
    if (entries->size() != before) EndEvent(start, before, entries);
    ++held_lines_;
    held_uncounted_ += uncounted;
    return;
  }
  if (result == LineFormat::Result::kEntry) {
    const size_t own = held_lines_ == 0 ? before : entries->find('\n', before) + 1;
    if (before < own && own < entries->size()) {  // The event that was held came before it.
      const std::string last = entries->substr(own);
      entries->resize(own);
      EndEvent(start, before, entries);
      before = entries->size();
      entries->append(last);
    }
    held_uncounted_ += uncounted;
  }
  if (result == LineFormat::Result::kUnparsed && !again) {
    counters_.lines_unparsed.Add();
    if (unparsed_ == nullptr || !unparsed_->Write(line.text)) {
      counters_.DroppedLines(kUnparsedFull).Add();
    }
  }
  EndEvent(line.end, before, entries);
}

void StreamPump::EndEvent(uint64_t end, size_t from, std::string* entries) {
  settled_ = end;
  counted_ = std::max(counted_, end);
  held_lines_ = 0;
  const uint64_t lines = std::exchange(held_uncounted_, 0);
  const size_t size = entries->size() - from;
  const bool too_long = size > 0 && size - 1 > options_.max_entry;
  if (too_long) entries->resize(from);
  if (lines == 0) return;
  if (too_long) {
    counters_.DroppedLines(kSizeLimit).Add(lines);
  } else {
    counters_.lines_shipped.Add(lines);
    counters_.bytes_shipped.Add(size);
  }
}

void StreamPump::FlushHeld(absl::Time wall, std::string* entries) {
  if (held_lines_ == 0) return;
  const size_t before = entries->size();
  format_->Flush(wall, entries);
  EndEvent(next_, before, entries);
  if (entries->empty()) window_.Skip(settled_);
}

bool StreamPump::NoticeIsDue(absl::Time wall) const {
  // The time of day may be set back: then rather one notice too many than none for long.
  return unsaid_ != nullptr &&
         (ended_ || wall - last_notice_ >= kNoticePause || wall < last_notice_);
}

void StreamPump::AppendNotice(absl::Time wall, std::string* entries) {
  format_->AppendNotice(absl::StrCat(options_.name, ": ", InWords(unsaid_), " (",
                                     std::exchange(unsaid_bytes_, 0), " bytes)"),
                        wall, entries);
  unsaid_ = nullptr;
  last_notice_ = wall;
}

bool StreamPump::Look() {
  absl::StatusOr<uint64_t> size = spool_->Size();
  if (size.ok() && *size < size_) {
    StartAgain();
    // It is 0 once, whatever the file holds.
    size = spool_->Size();
  }
  if (!size.ok()) {
    Warn(size.status());
    return false;
  }
  size_ = *size;
  if (size_ - next_ > options_.max_unshipped && !discarding()) {
    SkipHole();
    if (size_ - next_ > options_.max_unshipped) {
      StartDiscard(size_ - options_.max_unshipped, kSpoolFull);
    }
  }
  return true;
}

void StreamPump::StartAgain() {
  const uint64_t lost = spool_->lost() - lost_;
  lost_ += lost;
  if (lost > 0) {
    Drop(kGivenUp, released_ + lost, 0);
  } else if (released_ < size_) {  // Else there was nothing to lose, and Release may have done it.
    counters_.truncations.Add();
    Drop(kTruncated, size_, 0);
  }
  ForgetHeld();
  splitter_.Reset(0);
  next_ = settled_ = size_ = seen_ = counted_ = stored_ = released_ = discard_until_ = 0;
  discard_line_ = false;
  window_ = ResendWindow(0);
  spool_->StoreOffset(0);
}

bool StreamPump::SkipHole() {
  const absl::StatusOr<uint64_t> data = spool_->FirstData(next_);
  if (!data.ok()) Warn(data.status());
  if (!data.ok() || *data <= next_) return false;
  size_ = std::max(size_, *data);
  if (!discarding()) discard_reason_ = kGivenUp;
  Drop(kGivenUp, *data, 0);
  // What is there is the middle of a line: nothing settles before its end.
  discard_line_ = true;
  return true;
}

absl::string_view StreamPump::Read() {
  const absl::Span<char> space = splitter_.Space();
  const absl::StatusOr<size_t> size = spool_->ReadAt(splitter_.end(), space);
  if (!size.ok()) Warn(size.status());
  return {space.data(), size.value_or(0)};
}

void StreamPump::StartDiscard(uint64_t until, const char* reason) {
  Drop(reason, next_, 0);
  discard_until_ = until;
  discard_reason_ = reason;
}

void StreamPump::Discard() {
  splitter_.Reset(next_);
  absl::string_view piece = Read();
  // As it may be too long to be read.
  if (!piece.empty() && piece[0] == '\0' && SkipHole()) return;
  const uint64_t start = next_;
  size_ = std::max(size_, start + piece.size());
  if (start < discard_until_) {
    piece = piece.substr(0, std::min<uint64_t>(piece.size(), discard_until_ - start));
  } else if (const size_t newline = piece.find('\n'); newline != piece.npos) {
    piece = piece.substr(0, newline + 1);
  }
  const uint64_t end = start + piece.size();
  const uint64_t counted = std::clamp(counted_, start, end) - start;
  uint64_t lines = CountLines(piece.substr(counted));
  if (!piece.empty()) discard_line_ = piece.back() != '\n';
  if (ended_ && end == size_ && std::exchange(discard_line_, false) &&
      (piece.empty() || counted < piece.size())) {
    ++lines;
  }
  const size_t newline = piece.rfind('\n');
  Drop(discard_reason_, end, lines);  // Which frees the piece.
  if (!discarding()) {
    settled_ = next_;
  } else if (newline != absl::string_view::npos) {
    settled_ = start + newline + 1;
  }
  window_.Skip(settled_);
}

void StreamPump::Drop(const char* reason, uint64_t end, uint64_t lines) {
  lines += held_uncounted_;
  ForgetHeld();
  next_ = end;
  splitter_.Reset(next_);
  seen_ = std::max(seen_, next_);
  const uint64_t bytes = end - std::min(end, counted_);
  counted_ = std::max(counted_, end);
  if (bytes == 0 && lines == 0) return;
  counters_.DroppedBytes(reason).Add(bytes);
  counters_.DroppedLines(reason).Add(lines);
  unsaid_ = reason;
  unsaid_bytes_ += bytes;
}

bool StreamPump::KeepBound() {
  if (!Look() || !discarding()) return false;
  const uint64_t before = next_;
  Discard();
  return discarding() && next_ > before;
}

void StreamPump::Advance(uint64_t written, bool resends, absl::Time now) {
  window_.Advance(written, resends, now);
  const uint64_t base = window_.base();
  if (base != stored_) spool_->StoreOffset(stored_ = base);
  if (base - released_ >= kReleaseStep || (base == size_ && base > released_)) {
    spool_->Release(released_ = base);
  }
}

void StreamPump::Break() {
  window_.Break();
  ForgetHeld();
  next_ = settled_ = window_.base();
  splitter_.Reset(next_);
  discard_until_ = 0;
  discard_line_ = false;
}

void StreamPump::Abandon() {
  if (!Look()) return;
  const uint64_t written = window_.written();
  Break();
  next_ = settled_ = written;
  splitter_.Reset(next_);
  window_.Skip(written);
  // What was sent, but isn't written, is lost, too.
  counted_ = written;
  StartDiscard(size_, kTooLate);
}

bool StreamPump::delivered() {
  return Look() && next_ == size_ && !discarding() && held_lines_ == 0 &&
         window_.written() == size_;
}

uint64_t StreamPump::lag() { return Look() ? size_ - next_ : 0; }

void StreamPump::ForgetHeld() {
  format_->Reset();
  held_lines_ = held_uncounted_ = 0;
}

void StreamPump::Warn(const absl::Status& status) {
  if (std::exchange(warned_, true)) return;
  LOG(WARNING) << options_.name << " can't be read: " << status.message();
}

}  // namespace mesos_executor::log_shipper
