#include "sidecars/log_shipper/file_identity.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace mesos_executor::log_shipper {
namespace {

std::string SelfPath(int fd) { return absl::StrCat("/proc/self/fd/", fd); }

absl::StatusOr<struct statx> Look(int fd) {
  struct statx status = {};
  if (statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME, &status) != 0) {
    return absl::ErrnoToStatus(errno, "statx of a spool");
  }
  return status;
}

RememberedSpools::File Identity(const struct statx& status) {
  RememberedSpools::File file;
  file.set_device(makedev(status.stx_dev_major, status.stx_dev_minor));
  file.set_inode(status.stx_ino);
  if ((status.stx_mask & STATX_BTIME) != 0) {
    file.set_born(status.stx_btime.tv_sec * 1'000'000'000 + status.stx_btime.tv_nsec);
  }
  file.set_uid(status.stx_uid);
  return file;
}

// A file system may have another device number after the host was restarted. An inode may be
// another file's by now, but not one that was made in the same nanosecond.
bool SameFile(const RememberedSpools::File& one, const RememberedSpools::File& two) {
  return one.inode() == two.inode() && one.born() == two.born() && one.uid() == two.uid() &&
         (one.born() != 0 || one.device() == two.device());
}

}  // namespace

absl::StatusOr<RememberedSpools::File> IdentityOf(int fd) {
  const absl::StatusOr<struct statx> status = Look(fd);
  if (!status.ok()) return status.status();
  RememberedSpools::File file = Identity(*status);
  char path[PATH_MAX];
  const ssize_t size = readlink(SelfPath(fd).c_str(), path, sizeof(path));
  if (size < 0) return absl::ErrnoToStatus(errno, "readlink of a spool");
  file.set_path(path, size);
  return file;
}

absl::StatusOr<UniqueFd> OpenIdentified(const RememberedSpools::File& file) {
  const std::string shown = absl::CHexEscape(file.path());
  // A look at it opens nothing: no FIFO waits, no device acts.
  const UniqueFd found(open(file.path().c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (!found.valid()) return absl::ErrnoToStatus(errno, shown);
  const absl::StatusOr<struct statx> status = Look(found.get());
  if (!status.ok()) return status.status();
  if (!S_ISREG(status->stx_mode) || status->stx_nlink != 1 || !SameFile(file, Identity(*status))) {
    return absl::NotFoundError(absl::StrCat(shown, " is no longer the file that it was"));
  }
  // Somebody's lease (F_SETLEASE of fcntl(2)) would hold us up for as long as 45 s: then not now.
  UniqueFd opened(open(SelfPath(found.get()).c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!opened.valid()) return absl::ErrnoToStatus(errno, shown);
  return opened;
}

}  // namespace mesos_executor::log_shipper
