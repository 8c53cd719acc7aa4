#include "supervisor/process/user_identity.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>

#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"

namespace mesos_executor::process {
namespace {

using File = std::unique_ptr<FILE, int (*)(FILE*)>;

File Open(const std::string& path) { return File(fopen(path.c_str(), "re"), fclose); }

}  // namespace

absl::StatusOr<UserIdentity> LookUpUser(const std::string& name, const std::string& passwd_file,
                                        const std::string& group_file) {
  const File passwd = Open(passwd_file);
  if (!passwd) return absl::ErrnoToStatus(errno, absl::StrCat("open ", passwd_file));
  // Unlike getpwent(3), the f-variants read just the file that they are given.
  const struct passwd* user;
  while ((user = fgetpwent(passwd.get())) != nullptr && name != user->pw_name) {
  }
  if (user == nullptr) {
    return absl::NotFoundError(absl::StrCat("user ", name, ": not in ", passwd_file));
  }
  UserIdentity identity{.uid = user->pw_uid, .gid = user->pw_gid, .groups = {user->pw_gid}};

  const File groups = Open(group_file);
  if (!groups) return absl::ErrnoToStatus(errno, absl::StrCat("open ", group_file));
  while (const struct group* group = fgetgrent(groups.get())) {
    for (char** member = group->gr_mem; *member != nullptr; ++member) {
      if (name == *member && std::find(identity.groups.begin(), identity.groups.end(),
                                       group->gr_gid) == identity.groups.end()) {
        identity.groups.push_back(group->gr_gid);
      }
    }
  }
  return identity;
}

}  // namespace mesos_executor::process
