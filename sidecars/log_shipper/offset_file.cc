#include "sidecars/log_shipper/offset_file.h"

#include <errno.h>
#include <glog/logging.h>
#include <string.h>
#include <unistd.h>

#include <boost/crc.hpp>

namespace mesos_executor::log_shipper {
namespace {

constexpr uint64_t kMagic = 0x314f'4c4f'4f50'534d;

// As it lies in the file; never on another machine.
struct Layout {
  uint64_t magic = kMagic;
  uint64_t stream = 0;
  uint64_t sequence = 0;
  uint64_t offset = 0;
  uint64_t checksum = 0;
};
static_assert(sizeof(Layout) <= OffsetRecord::kSize);

uint64_t Checksum(const Layout& layout) {
  boost::crc_32_type crc;
  crc.process_bytes(&layout, offsetof(Layout, checksum));
  return crc.checksum();
}

off_t Position(StreamName stream, uint64_t sequence) {
  return static_cast<off_t>((static_cast<uint64_t>(stream) * 2 + sequence % 2) *
                            OffsetRecord::kSize);
}

}  // namespace

std::string EncodeOffset(const OffsetRecord& record) {
  Layout layout{.stream = static_cast<uint64_t>(record.stream),
                .sequence = record.sequence,
                .offset = record.offset};
  layout.checksum = Checksum(layout);
  std::string bytes(OffsetRecord::kSize, '\0');
  memcpy(bytes.data(), &layout, sizeof(layout));
  return bytes;
}

std::optional<OffsetRecord> DecodeOffset(StreamName stream, absl::string_view bytes) {
  Layout layout;
  if (bytes.size() != OffsetRecord::kSize) return std::nullopt;
  memcpy(&layout, bytes.data(), sizeof(layout));
  if (layout.magic != kMagic || layout.stream != static_cast<uint64_t>(stream) ||
      layout.checksum != Checksum(layout)) {
    return std::nullopt;
  }
  return OffsetRecord{stream, layout.sequence, layout.offset};
}

OffsetFile::Newest& OffsetFile::Look(StreamName stream) {
  Newest& newest = newest_[static_cast<size_t>(stream)];
  if (std::exchange(newest.looked, true)) return newest;
  for (const uint64_t turn : {0, 1}) {
    char bytes[OffsetRecord::kSize];
    const ssize_t size = pread(file_.get(), bytes, sizeof(bytes), Position(stream, turn));
    if (size != sizeof(bytes)) continue;
    const auto record = DecodeOffset(stream, absl::string_view(bytes, sizeof(bytes)));
    if (!record || record->sequence % 2 != turn || record->sequence < newest.sequence) continue;
    newest.sequence = record->sequence;
    newest.offset = record->offset;
  }
  return newest;
}

uint64_t OffsetFile::Load(StreamName stream) { return Look(stream).offset; }

void OffsetFile::Store(StreamName stream, uint64_t offset) {
  Newest& newest = Look(stream);
  newest.offset = offset;
  ++newest.sequence;
  const std::string bytes =
      EncodeOffset({.stream = stream, .sequence = newest.sequence, .offset = offset});
  const ssize_t written =
      pwrite(file_.get(), bytes.data(), bytes.size(), Position(stream, newest.sequence));
  if (written == static_cast<ssize_t>(bytes.size()) || std::exchange(warned_, true)) return;
  LOG(WARNING) << "cannot keep the place in a task's output (" << strerror(errno)
               << "); after a restart lines will come twice";
}

}  // namespace mesos_executor::log_shipper
