#include "supervisor/base/sparse_file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "absl/status/status.h"

namespace mesos_executor {
namespace {

// A hole that doesn't end with a block would leave zeros that look like data. Pages are no larger
// where tmpfs keeps files in them.
constexpr uint64_t kSmallestBlock = 4096;

}  // namespace

absl::StatusOr<uint64_t> FirstData(int fd, uint64_t offset) {
  const off_t data = lseek(fd, static_cast<off_t>(offset), SEEK_DATA);
  if (data >= 0) return data;
  if (errno != ENXIO) return absl::ErrnoToStatus(errno, "lseek SEEK_DATA");
  struct stat status;
  if (fstat(fd, &status) != 0) return absl::ErrnoToStatus(errno, "fstat");
  return status.st_size;
}

absl::StatusOr<uint64_t> PunchHole(int fd, uint64_t from, uint64_t end) {
  struct stat status;
  if (fstat(fd, &status) != 0) return absl::ErrnoToStatus(errno, "fstat");
  const uint64_t block = std::max<uint64_t>(kSmallestBlock, status.st_blksize);
  from -= from % block;
  end -= end % block;
  if (end <= from) return from;
  while (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(from),
                   static_cast<off_t>(end - from)) != 0) {
    if (errno == EINTR) continue;
    // ENOSYS: a seccomp filter that knows no better.
    if (errno == EOPNOTSUPP || errno == ENOSYS) {
      return absl::UnimplementedError("this file system can't give back the start of a file");
    }
    return absl::ErrnoToStatus(errno, "fallocate FALLOC_FL_PUNCH_HOLE");
  }
  return end;
}

}  // namespace mesos_executor
