#include "supervisor/task/wait_status.h"

#include <string.h>
#include <sys/wait.h>

#include "absl/strings/str_cat.h"

namespace mesos_executor::task {

std::string DescribeWaitStatus(int wait_status) {
  if (WIFEXITED(wait_status)) {
    return absl::StrCat("Command exited with status ", WEXITSTATUS(wait_status));
  }
  const char* signal = sigdescr_np(WTERMSIG(wait_status));
  return absl::StrCat("Command terminated with signal ",
                      signal != nullptr ? signal : absl::StrCat(WTERMSIG(wait_status)).c_str(),
                      WCOREDUMP(wait_status) ? " (core dumped)" : "");
}

}  // namespace mesos_executor::task
