#include "integration/quickstart/folder.h"

#include <errno.h>
#include <stdlib.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"

namespace mesos_executor::quickstart {
namespace {

namespace fs = std::filesystem;

absl::Status Failure(const std::error_code& error, const std::string& what) {
  return absl::FailedPreconditionError(absl::StrCat(what, ": ", error.message()));
}

}  // namespace

absl::StatusOr<Folder> Folder::Make() {
  std::error_code error;
  const fs::path temporary = fs::temp_directory_path(error);
  if (error) return Failure(error, "$TMPDIR is no folder");
  std::string path = (temporary / "mesos-executor-quickstart.XXXXXX").string();
  if (mkdtemp(path.data()) == nullptr) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot make a folder in ", temporary.string()));
  }
  Folder folder(path);
  for (const char* name : {"/bundle", "/sandbox"}) {
    if (!fs::create_directory(path + name, error)) return Failure(error, path + name);
  }
  return folder;
}

Folder::Folder(Folder&& other) noexcept
    : path_(std::exchange(other.path_, "")), keep_(other.keep_) {}

Folder::~Folder() {
  std::error_code ignored;
  if (!path_.empty() && !keep_) fs::remove_all(path_, ignored);
}

absl::StatusOr<std::string> Folder::Install(const std::string& program,
                                            const std::string& name) const {
  const std::string target = absl::StrCat(path_, "/bundle/", name);
  std::error_code error;
  if (!fs::copy_file(program, target, error)) return Failure(error, "cannot copy " + program);
  fs::permissions(target, fs::perms::owner_write, fs::perm_options::add, error);
  if (error) return Failure(error, target);
  return target;
}

}  // namespace mesos_executor::quickstart
