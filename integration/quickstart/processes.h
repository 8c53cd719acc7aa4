// Which processes belong to the quickstart, as /proc tells.
#ifndef INTEGRATION_QUICKSTART_PROCESSES_H_
#define INTEGRATION_QUICKSTART_PROCESSES_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace mesos_executor::quickstart {

struct Process {
  pid_t pid = 0;
  pid_t parent = 0;
  std::string name;

  std::string Text() const;
};

// Makes this process the parent of all orphans among its descendants (PR_SET_CHILD_SUBREAPER,
// prctl(2)), so that none can get out of sight of LiveProcesses, whatever it does.
void AdoptOrphans();

// By pid: all descendants of this process, and all whose initial environment holds `mark`
// ("NAME=value"), as far as we may read that. Not counted: dead ones that nobody has reaped yet,
// and forks of ourselves that run no program of their own.
std::vector<Process> LiveProcesses(absl::string_view mark);

// Kills all LiveProcesses, again and again until none is left; blocks for 5 s at most.
void KillAll(absl::string_view mark);

}  // namespace mesos_executor::quickstart

#endif  // INTEGRATION_QUICKSTART_PROCESSES_H_
