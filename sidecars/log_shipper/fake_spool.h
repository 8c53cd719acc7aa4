// A stream's file in memory, for tests.
#ifndef SIDECARS_LOG_SHIPPER_FAKE_SPOOL_H_
#define SIDECARS_LOG_SHIPPER_FAKE_SPOOL_H_

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>

#include "sidecars/log_shipper/spool.h"

namespace mesos_executor::log_shipper {

// What outlives the shipper.
struct FakeFile {
  std::string bytes;
  // Nothing before it is there any more.
  uint64_t hole = 0;
  uint64_t offset = 0;
};

class FakeSpool : public Spool {
 public:
  explicit FakeSpool(std::shared_ptr<FakeFile> file) : file_(std::move(file)) {}

  absl::StatusOr<uint64_t> Size() override { return file_->bytes.size(); }
  absl::StatusOr<uint64_t> FirstData(uint64_t offset) override {
    return std::max(offset, file_->hole);
  }
  absl::StatusOr<size_t> ReadAt(uint64_t offset, absl::Span<char> into) override {
    if (offset >= file_->bytes.size()) return 0;
    const size_t size = file_->bytes.copy(into.data(), into.size(), offset);
    if (offset < file_->hole) {
      std::memset(into.data(), 0, std::min<uint64_t>(size, file_->hole - offset));
    }
    return size;
  }
  void Release(uint64_t offset) override { file_->hole = std::max(file_->hole, offset); }
  uint64_t lost() const override { return 0; }
  uint64_t LoadOffset() override { return file_->offset; }
  void StoreOffset(uint64_t offset) override { file_->offset = offset; }

 private:
  const std::shared_ptr<FakeFile> file_;
};

}  // namespace mesos_executor::log_shipper

#endif  // SIDECARS_LOG_SHIPPER_FAKE_SPOOL_H_
