#include "sidecars/log_shipper/file_spool.h"

#include <errno.h>
#include <glog/logging.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace mesos_executor::log_shipper {
namespace {

// Long enough to hold the time that most lines begin or end with.
constexpr size_t kTail = 64;

absl::StatusOr<uint64_t> SizeOf(int fd) {
  struct stat status;
  if (fstat(fd, &status) != 0) return absl::ErrnoToStatus(errno, "fstat of a spool");
  return status.st_size;
}

absl::StatusOr<size_t> ReadAll(int fd, uint64_t offset, absl::Span<char> into) {
  size_t done = 0;
  while (done < into.size()) {
    const ssize_t size =
        pread(fd, into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return absl::ErrnoToStatus(errno, "read of a spool");
    if (size == 0) break;
    done += size;
  }
  return done;
}

}  // namespace

FileSpool::FileSpool(UniqueFd file, std::shared_ptr<OffsetFile> offsets, StreamName name,
                     uint64_t limit, HolePuncher punch)
    : file_(std::move(file)),
      offsets_(std::move(offsets)),
      name_(name),
      limit_(limit),
      punch_(std::move(punch)) {}

absl::StatusOr<uint64_t> FileSpool::Size() {
  const absl::StatusOr<uint64_t> size = SizeOf(file_.get());
  if (!size.ok()) return size;
  if (*size < tail_.end || !TailIsThere()) {
    Forget();
    return 0;
  }
  return size;
}

absl::StatusOr<uint64_t> FileSpool::FirstData(uint64_t offset) {
  return mesos_executor::FirstData(file_.get(), offset);
}

absl::StatusOr<size_t> FileSpool::ReadAt(uint64_t offset, absl::Span<char> into) {
  const absl::StatusOr<size_t> size = ReadAll(file_.get(), offset, into);
  if (size.ok() && *size > 0) Remember(offset + *size, into.first(*size));
  return size;
}

void FileSpool::Remember(uint64_t end, absl::Span<const char> read) {
  // What is read again changes nothing.
  if (end <= tail_.end) return;
  const absl::Span<const char> last = read.last(std::min(kTail, read.size()));
  tail_.bytes.assign(last.begin(), last.end());
  tail_.end = end;
}

bool FileSpool::TailIsThere() const {
  // What was given back is zeros now.
  const uint64_t start = std::max(tail_.end - tail_.bytes.size(), punched_);
  if (start >= tail_.end) return true;
  char bytes[kTail];
  const absl::StatusOr<size_t> size =
      ReadAll(file_.get(), start, absl::MakeSpan(bytes, tail_.end - start));
  if (!size.ok()) return true;
  const auto same_from = [&](uint64_t from) {
    const absl::string_view expected(tail_.bytes), found(bytes, *size);
    return from >= tail_.end ||
           (start + found.size() == tail_.end &&
            found.substr(from - start) == expected.substr(expected.size() - (tail_.end - from)));
  };
  if (same_from(start)) return true;
  // Or the supervisor gave it up, as we were asleep.
  const absl::StatusOr<uint64_t> first = mesos_executor::FirstData(file_.get(), start);
  return first.ok() && *first > start && same_from(*first);
}

void FileSpool::Release(uint64_t offset) {
  // What was truncated since has new lines there, which nobody has read.
  const absl::StatusOr<uint64_t> size = SizeOf(file_.get());
  if (!size.ok() || *size < std::max(tail_.end, offset) || !TailIsThere()) return;
  if (!cannot_punch_) {
    if (offset <= punched_) return;
    const absl::StatusOr<uint64_t> punched = punch_(file_.get(), punched_, offset);
    if (punched.ok()) {
      punched_ = *punched;
      return;
    }
    if (punched.status().code() != absl::StatusCode::kUnimplemented) {
      if (!std::exchange(warned_, true)) {
        LOG(WARNING) << "the disk of a spool can't be given back: " << punched.status().message();
      }
      return;
    }
    LOG(WARNING) << punched.status().message() << ": spools longer than " << limit_
                 << " bytes are truncated";
    cannot_punch_ = true;
  }
  Truncate(offset);
}

void FileSpool::Truncate(uint64_t released) {
  const absl::StatusOr<uint64_t> size = SizeOf(file_.get());
  if (!size.ok()) return;
  const bool all = released >= *size;
  if (*size <= (all ? limit_ / 2 : limit_)) return;
  if (ftruncate(file_.get(), 0) != 0) {
    if (!std::exchange(warned_, true)) PLOG(WARNING) << "a spool can't be truncated";
    return;
  }
  if (!all) {
    LOG(WARNING) << "a spool was truncated, and " << *size - released << " bytes of it are lost";
    lost_ += *size - released;
  }
  Forget();
}

void FileSpool::Forget() {
  tail_ = {};
  punched_ = 0;
}

uint64_t FileSpool::LoadOffset() {
  const uint64_t offset = offsets_->Load(name_);
  const absl::StatusOr<uint64_t> size = SizeOf(file_.get());
  if (!size.ok() || offset > *size) return 0;
  // From now on a truncation is noticed, also before anything is read.
  char before[kTail];
  const uint64_t start = offset - std::min<uint64_t>(offset, kTail);
  const absl::StatusOr<uint64_t> first = mesos_executor::FirstData(file_.get(), start);
  if (first.ok() && *first < offset) {
    const auto read = absl::MakeSpan(before, offset - *first);
    if (ReadAll(file_.get(), *first, read).value_or(0) == read.size()) Remember(offset, read);
  }
  return offset;
}

}  // namespace mesos_executor::log_shipper
