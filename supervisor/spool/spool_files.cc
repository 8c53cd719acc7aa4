#include "supervisor/spool/spool_files.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace mesos_executor::spool {
namespace {

constexpr char kFolder[] = ".mesos-executor";
// Two records of each stream fit in; no disk is asked for when one is written.
constexpr size_t kOffsetsSize = 512;

absl::Status Error(const char* what) {
  return absl::ErrnoToStatus(errno, absl::StrCat(what, " in the sandbox"));
}

// What is shipped is given back, but the file's length only grows.
absl::Status CheckFileSizeLimit() {
  rlimit limit;
  if (getrlimit(RLIMIT_FSIZE, &limit) != 0) return absl::ErrnoToStatus(errno, "RLIMIT_FSIZE");
  if (limit.rlim_cur == RLIM_INFINITY) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("files may not grow beyond ", limit.rlim_cur, " bytes (RLIMIT_FSIZE)"));
}

absl::StatusOr<UniqueFd> OpenFolder(const std::string& sandbox) {
  const UniqueFd parent(open(sandbox.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!parent.valid()) return absl::ErrnoToStatus(errno, sandbox);
  if (mkdirat(parent.get(), kFolder, 0700) != 0 && errno != EEXIST) return Error(kFolder);
  UniqueFd folder(openat(parent.get(), kFolder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat status;
  if (!folder.valid() || fstat(folder.get(), &status) != 0) return Error(kFolder);
  // One that came with the task's own files is not ours to trust.
  if (status.st_uid != geteuid()) {
    return absl::PermissionDeniedError(
        absl::StrCat(kFolder, " in the sandbox belongs to the user ", status.st_uid));
  }
  if (fchmod(folder.get(), 0700) != 0) return Error(kFolder);
  return folder;
}

absl::StatusOr<UniqueFd> MakeFile(int folder, const char* name) {
  UniqueFd file(openat(folder, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.valid()) return Error(name);
  return file;
}

// The same file once more, whatever is behind its name by now.
absl::StatusOr<UniqueFd> OpenToAppend(int file) {
  const std::string path = absl::StrCat("/proc/self/fd/", file);
  UniqueFd end(open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  if (!end.valid()) return Error("spool");
  return end;
}

absl::Status GiveTo(const Owner& owner, int file) {
  if (fchown(file, owner.uid, owner.gid) != 0) return Error("the owner of a spool");
  return absl::OkStatus();
}

absl::Status MakeSpool(int folder, const char* name, const std::optional<Owner>& owner,
                       UniqueFd* shipper, UniqueFd* task) {
  absl::StatusOr<UniqueFd> file = MakeFile(folder, name);
  if (!file.ok()) return file.status();
  absl::StatusOr<UniqueFd> end = OpenToAppend(file->get());
  if (!end.ok()) return end.status();
  *shipper = *std::move(file);
  *task = *std::move(end);
  return owner ? GiveTo(*owner, shipper->get()) : absl::OkStatus();
}

}  // namespace

absl::StatusOr<SpoolFiles> MakeSpoolFiles(const std::string& sandbox,
                                          const std::optional<Owner>& owner) {
  if (absl::Status status = CheckFileSizeLimit(); !status.ok()) return status;
  const absl::StatusOr<UniqueFd> folder = OpenFolder(sandbox);
  if (!folder.ok()) return folder.status();
  SpoolFiles files;
  absl::Status status = MakeSpool(folder->get(), "stdout", owner, &files.out, &files.task.out);
  if (status.ok()) status = MakeSpool(folder->get(), "stderr", owner, &files.err, &files.task.err);
  if (!status.ok()) return status;
  absl::StatusOr<UniqueFd> offsets = MakeFile(folder->get(), "offsets");
  if (!offsets.ok()) return offsets.status();
  files.offsets = *std::move(offsets);
  const std::string empty(kOffsetsSize, '\0');
  if (pwrite(files.offsets.get(), empty.data(), empty.size(), 0) !=
      static_cast<ssize_t>(empty.size())) {
    return Error("offsets");
  }
  return files;
}

}  // namespace mesos_executor::spool
