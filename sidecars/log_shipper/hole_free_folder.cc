#include "sidecars/log_shipper/hole_free_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor::log_shipper {
namespace {

constexpr size_t kSector = 512;
constexpr size_t kSectors = 16384;
constexpr size_t kFatSectors = 64;
constexpr size_t kRootEntries = 512;

void Put(std::string& bytes, size_t at, size_t size, uint32_t value) {
  for (size_t i = 0; i < size; ++i) bytes[at + i] = static_cast<char>(value >> (8 * i));
}

// An empty FAT16 of 8 MiB, by Microsoft's "FAT: General Overview of On-Disk Format", 1.03.
std::string FatImage() {
  std::string image(kSectors * kSector, '\0');
  image.replace(0, 3, "\xeb\x3c\x90");
  image.replace(3, 8, "MSWIN4.1");
  Put(image, 11, 2, kSector);
  Put(image, 13, 1, 1);  // Sectors in a cluster.
  Put(image, 14, 2, 1);  // Reserved sectors: this one.
  Put(image, 16, 1, 2);  // Tables.
  Put(image, 17, 2, kRootEntries);
  Put(image, 19, 2, kSectors);
  Put(image, 21, 1, 0xf8);  // A fixed disk.
  Put(image, 22, 2, kFatSectors);
  Put(image, 38, 1, 0x29);  // A label follows.
  image.replace(43, 19, "NO NAME    FAT16   ");
  Put(image, 510, 2, 0xaa55);
  for (const size_t table : {size_t{1}, 1 + kFatSectors}) {
    Put(image, table * kSector, 4, 0xfffffff8);
  }
  return image;
}

// A loop device that frees itself with its last user.
absl::StatusOr<std::pair<UniqueFd, std::string>> LoopDevice(const std::string& image) {
  std::string path = absl::StrCat(getenv("TEST_TMPDIR"), "/fat.XXXXXX");
  const UniqueFd file(mkostemp(path.data(), O_CLOEXEC));
  unlink(path.c_str());
  if (write(file.get(), image.data(), image.size()) != static_cast<ssize_t>(image.size())) {
    return absl::ErrnoToStatus(errno, "writing an image");
  }
  const UniqueFd control(open("/dev/loop-control", O_RDWR | O_CLOEXEC));
  const int number = ioctl(control.get(), LOOP_CTL_GET_FREE);
  if (number < 0) return absl::ErrnoToStatus(errno, "a loop device");
  const std::string name = absl::StrCat("/dev/loop", number);
  UniqueFd device(open(name.c_str(), O_RDWR | O_CLOEXEC));
  loop_info64 info = {};
  info.lo_flags = LO_FLAGS_AUTOCLEAR;
  // Another may have taken it meanwhile: then this test is left out, like wherever there is none.
  if (ioctl(device.get(), LOOP_SET_FD, file.get()) != 0 ||
      ioctl(device.get(), LOOP_SET_STATUS64, &info) != 0) {
    return absl::ErrnoToStatus(errno, name);
  }
  return std::make_pair(std::move(device), name);
}

}  // namespace

absl::StatusOr<std::unique_ptr<HoleFreeFolder>> HoleFreeFolder::Mount(HoleFree kind) {
  if (unshare(CLONE_NEWNS) != 0 || mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    return absl::ErrnoToStatus(errno, "a mount namespace");
  }
  std::string folder = absl::StrCat(getenv("TEST_TMPDIR"), "/mount.XXXXXX");
  if (mkdtemp(folder.data()) == nullptr) return absl::ErrnoToStatus(errno, folder);
  const bool vfat = kind == HoleFree::kVfat;
  std::pair<UniqueFd, std::string> device = {UniqueFd(), "none"};
  if (vfat) {
    auto loop = LoopDevice(FatImage());
    if (!loop.ok()) return loop.status();
    device = *std::move(loop);
  }
  const char* const type = vfat ? "vfat" : "ramfs";
  if (mount(device.second.c_str(), folder.c_str(), type, MS_NOSUID | MS_NODEV, nullptr) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("mounting ", type));
  }
  return std::unique_ptr<HoleFreeFolder>(new HoleFreeFolder(std::move(folder)));
}

HoleFreeFolder::~HoleFreeFolder() { umount2(path_.c_str(), MNT_DETACH); }

}  // namespace mesos_executor::log_shipper
