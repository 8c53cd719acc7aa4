// Whom a task runs as, from the two files themselves: a static program can't ask libc's name
// services (nsswitch.conf(5)).
#ifndef SUPERVISOR_PROCESS_USER_IDENTITY_H_
#define SUPERVISOR_PROCESS_USER_IDENTITY_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace mesos_executor::process {

struct UserIdentity {
  uid_t uid = 0;
  gid_t gid = 0;
  // The whole list for setgroups(2), `gid` first.
  std::vector<gid_t> groups;
};

// Looks `name` up as initgroups(3) and getpwnam(3) do with "files" alone. Errors: NotFound, or why
// a file can't be read.
absl::StatusOr<UserIdentity> LookUpUser(const std::string& name,
                                        const std::string& passwd_file = "/etc/passwd",
                                        const std::string& group_file = "/etc/group");

}  // namespace mesos_executor::process

#endif  // SUPERVISOR_PROCESS_USER_IDENTITY_H_
