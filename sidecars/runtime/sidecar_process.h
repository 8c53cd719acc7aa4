// A sidecar's process as a test sees it: its lines and its end.
#ifndef SIDECARS_RUNTIME_SIDECAR_PROCESS_H_
#define SIDECARS_RUNTIME_SIDECAR_PROCESS_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "supervisor/base/unique_fd.h"

namespace mesos_executor::sidecar {

// Killed when destroyed. What hangs is reported after a minute.
class SidecarProcess {
 public:
  // `descriptors` become 3, 4, ...; they stay the caller's.
  SidecarProcess(std::vector<std::string> argv, std::vector<std::string> environment,
                 std::vector<int> descriptors = {});
  ~SidecarProcess();

  // The next line of its stdout, or "end".
  std::string NextLine();
  // Reads on until this line.
  bool WaitForLine(const std::string& line);
  void Kill(int signal);
  // Only while it wasn't waited for.
  pid_t pid() const { return pid_; }
  // Waits for its end: its exit code, or 128 + the signal that killed it.
  int Wait();

 private:
  pid_t pid_ = -1;
  UniqueFd out_;
  std::string buffer_;
};

}  // namespace mesos_executor::sidecar

#endif  // SIDECARS_RUNTIME_SIDECAR_PROCESS_H_
