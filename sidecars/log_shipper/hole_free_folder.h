// A file system that can't give back the start of a file: for tests.
#ifndef SIDECARS_LOG_SHIPPER_HOLE_FREE_FOLDER_H_
#define SIDECARS_LOG_SHIPPER_HOLE_FREE_FOLDER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace mesos_executor::log_shipper {

enum class HoleFree { kVfat, kRamfs };

// Mounted for as long as it lives, in a mount namespace that the process is put into: nobody else
// sees it.
class HoleFreeFolder {
 public:
  // vfat on a loop device, of an image made here. Errors: why it can't be had: no root, no such
  // file system in this kernel, no loop device.
  static absl::StatusOr<std::unique_ptr<HoleFreeFolder>> Mount(HoleFree kind);
  ~HoleFreeFolder();
  HoleFreeFolder(const HoleFreeFolder&) = delete;
  HoleFreeFolder& operator=(const HoleFreeFolder&) = delete;

  const std::string& path() const { return path_; }

 private:
  explicit HoleFreeFolder(std::string path) : path_(std::move(path)) {}

  const std::string path_;
};

}  // namespace mesos_executor::log_shipper

#endif  // SIDECARS_LOG_SHIPPER_HOLE_FREE_FOLDER_H_
