// Where reading of a task's two streams starts again after a restart of this process.
#ifndef SIDECARS_LOG_SHIPPER_OFFSET_FILE_H_
#define SIDECARS_LOG_SHIPPER_OFFSET_FILE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor::log_shipper {

enum class StreamName { kStdout, kStderr };

// Each stream has two records, written in turn, so that the older one is whole whatever happens to
// the newer. What is written outlives this process at once; after a crash of the host an older
// offset may be found, and lines come twice. The task may be able to write to the file, too: it
// then misplaces its own lines.
class OffsetFile {
 public:
  // `file` is open for reading and writing.
  explicit OffsetFile(UniqueFd file) : file_(std::move(file)) {}

  // 0 where there is none, or none that is whole.
  uint64_t Load(StreamName stream);
  void Store(StreamName stream, uint64_t offset);

 private:
  struct Newest {
    bool looked = false;
    uint64_t sequence = 0;
    uint64_t offset = 0;
  };
  Newest& Look(StreamName stream);

  const UniqueFd file_;
  Newest newest_[2];
  bool warned_ = false;
};

// A record's bytes.
struct OffsetRecord {
  static constexpr size_t kSize = 64;
  StreamName stream = StreamName::kStdout;
  // Of two records, the higher one is the newer.
  uint64_t sequence = 0;
  uint64_t offset = 0;
};
std::string EncodeOffset(const OffsetRecord& record);
// Nothing of what isn't whole or another stream's.
std::optional<OffsetRecord> DecodeOffset(StreamName stream, absl::string_view bytes);

}  // namespace mesos_executor::log_shipper

#endif  // SIDECARS_LOG_SHIPPER_OFFSET_FILE_H_
