#include "supervisor/process/private_proc.h"

#include <sched.h>
#include <sys/mount.h>

namespace mesos_executor::process {

bool MountPrivateProc() {
  return unshare(CLONE_NEWNS) == 0 &&
         mount("none", "/", nullptr, MS_REC | MS_SLAVE, nullptr) == 0 &&
         mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) == 0;
}

}  // namespace mesos_executor::process
