// A stream's spool as the file that it is.
#ifndef SIDECARS_LOG_SHIPPER_FILE_SPOOL_H_
#define SIDECARS_LOG_SHIPPER_FILE_SPOOL_H_

#include <cstdint>
#include <memory>
#include <string>

#include "sidecars/log_shipper/offset_file.h"
#include "sidecars/log_shipper/spool.h"
#include "supervisor/base/sparse_file.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor::log_shipper {

// A task that truncates its output (`> /dev/stderr`) and writes more is found out by the last bytes
// that were read: they are no longer there. What was not read by then is lost, as with any file.
// One that does so while no shipper runs, and writes more than was read before, is not found out.
//
// Where the file system can't give back the start of a file, the file is truncated: once it is
// longer than half of `limit` and all of it is released; at the latest when it is longer than
// `limit`, and then the rest is lost. A line that is written at that very moment may be, too.
class FileSpool final : public Spool {
 public:
  // `file` is open for reading and writing; `offsets` is shared by a task's streams.
  FileSpool(UniqueFd file, std::shared_ptr<OffsetFile> offsets, StreamName name, uint64_t limit,
            HolePuncher punch = PunchHole);

  int fd() const { return file_.get(); }

  absl::StatusOr<uint64_t> Size() override;
  absl::StatusOr<uint64_t> FirstData(uint64_t offset) override;
  absl::StatusOr<size_t> ReadAt(uint64_t offset, absl::Span<char> into) override;
  void Release(uint64_t offset) override;
  uint64_t lost() const override { return lost_; }
  // 0, too, where the file is shorter.
  uint64_t LoadOffset() override;
  void StoreOffset(uint64_t offset) override { offsets_->Store(name_, offset); }

 private:
  // Of the furthest bytes that were read, up to `end`.
  struct Tail {
    uint64_t end = 0;
    std::string bytes;
  };

  void Remember(uint64_t end, absl::Span<const char> read);
  bool TailIsThere() const;
  void Truncate(uint64_t released);
  // The file starts again.
  void Forget();

  const UniqueFd file_;
  const std::shared_ptr<OffsetFile> offsets_;
  const StreamName name_;
  const uint64_t limit_;
  HolePuncher punch_;
  Tail tail_;
  // Up to here disk was given back.
  uint64_t punched_ = 0;
  bool cannot_punch_ = false;
  bool warned_ = false;
  uint64_t lost_ = 0;
};

}  // namespace mesos_executor::log_shipper

#endif  // SIDECARS_LOG_SHIPPER_FILE_SPOOL_H_
