#include "sidecars/log_shipper/task_spools.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "sidecars/log_shipper/file_identity.h"
#include "sidecars/log_shipper/file_spool.h"

namespace mesos_executor::log_shipper {
namespace {

TaskSpools::Stream MakeStream(UniqueFd file, std::shared_ptr<OffsetFile> offsets, StreamName name,
                              uint64_t limit) {
  auto spool = std::make_unique<FileSpool>(std::move(file), std::move(offsets), name, limit);
  const int fd = spool->fd();
  return {.spool = std::move(spool), .fd = fd};
}

}  // namespace

absl::Status CheckSpoolFile(int fd, uid_t uid, const char* what) {
  struct stat status;
  struct statfs system;
  const int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || fstat(fd, &status) != 0 || fstatfs(fd, &system) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("looking at ", what));
  }
  const auto refuse = [what](const auto&... why) {
    return absl::InvalidArgumentError(absl::StrCat(what, " ", why...));
  };
  if (!S_ISREG(status.st_mode)) return refuse("is not a regular file");
  if ((flags & O_PATH) != 0 || (flags & O_ACCMODE) != O_RDWR) {
    return refuse("is not open for reading and writing");
  }
  if (uid != 0 && status.st_uid != uid) {
    return refuse("belongs to the user ", status.st_uid, ", not to ", uid);
  }
  if (system.f_type == FUSE_SUPER_MAGIC) return refuse("is in a file system of FUSE");
  return absl::OkStatus();
}

absl::StatusOr<TaskSpools> MakeTaskSpools(sidecar::TaskKey key, std::string incarnation,
                                          uint64_t limit, SpoolFiles files) {
  RememberedSpools record;
  record.set_incarnation(incarnation);
  record.set_limit_bytes(limit);
  const std::pair<int, RememberedSpools::File*> identities[] = {
      {files.out.get(), record.mutable_out()},
      {files.err.get(), record.mutable_err()},
      {files.offsets.get(), record.mutable_offsets()}};
  for (const auto& [fd, identity] : identities) {
    auto found = IdentityOf(fd);
    if (!found.ok()) return found.status();
    *identity = *std::move(found);
  }
  TaskSpools spools;
  spools.key = std::move(key);
  spools.incarnation = std::move(incarnation);
  spools.limit = limit;
  spools.record = record.SerializeAsString();
  const auto offsets = std::make_shared<OffsetFile>(std::move(files.offsets));
  spools.out = MakeStream(std::move(files.out), offsets, StreamName::kStdout, limit);
  spools.err = MakeStream(std::move(files.err), offsets, StreamName::kStderr, limit);
  return spools;
}

}  // namespace mesos_executor::log_shipper
