// Whether the kernel killed for lack of memory, in our own cgroup.
#ifndef SUPERVISOR_PROCESS_OOM_WATCH_H_
#define SUPERVISOR_PROCESS_OOM_WATCH_H_

#include <cstdint>
#include <string>

namespace mesos_executor::process {

// Counts the kernel's own kills since it was opened: `oom_kill` of memory.events, where the memory
// controller is of cgroup v2, or of memory.oom_control, where it is of v1 (Linux 4.13; there only
// those right in our own cgroup count). Which process was killed isn't told: a task that ended by
// SIGKILL meanwhile is the likely one. Not thread-safe; reads one small file when asked.
class OomWatch {
 public:
  // `proc_self` stands in for /proc/self in tests.
  static OomWatch Open(const std::string& proc_self = "/proc/self");

  // 0 too where no such file is there for us.
  int64_t Kills() const;

 private:
  OomWatch(std::string file, int64_t before) : file_(std::move(file)), before_(before) {}

  // Empty: none.
  std::string file_;
  int64_t before_ = 0;
};

}  // namespace mesos_executor::process

#endif  // SUPERVISOR_PROCESS_OOM_WATCH_H_
