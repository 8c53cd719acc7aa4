// What /proc tells of a process, for tests that must know one from another that has got its number:
// some of our tasks use up all numbers within a second.
#ifndef INTEGRATION_SCENARIOS_PROCESS_STAT_H_
#define INTEGRATION_SCENARIOS_PROCESS_STAT_H_

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

namespace mesos_executor {

struct ProcessStat {
  pid_t pid = 0;
  // The first 15 bytes of its program's file name, or what it calls itself.
  std::string name;
  char state = 0;
  pid_t parent = 0;
  // Ended, or on its way out: the kernel's PF_EXITING, or SIGKILL is pending.
  bool dying = false;
  uid_t user = 0;
  // Clock ticks since boot. With the number it is one process for ever.
  uint64_t start_time = 0;

  bool dead() const { return state == 'Z' || state == 'X'; }
};

// Nothing if there is no such process.
std::optional<ProcessStat> StatProcess(pid_t pid);

}  // namespace mesos_executor

#endif  // INTEGRATION_SCENARIOS_PROCESS_STAT_H_
