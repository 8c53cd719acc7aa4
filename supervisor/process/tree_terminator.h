// Asks everything below this process to end.
#ifndef SUPERVISOR_PROCESS_TREE_TERMINATOR_H_
#define SUPERVISOR_PROCESS_TREE_TERMINATOR_H_

#include <string>
#include <vector>

namespace mesos_executor::process {

// SIGTERM to all that live now, but not to what they start to clean up after themselves; then
// SIGCONT, so that stopped ones act. Those of the names in `exclusions` (LaunchSpec has the rule)
// get neither, where /proc shows them. On the thread that reaps.
void TerminateDescendants(const std::vector<std::string>& exclusions);

}  // namespace mesos_executor::process

#endif  // SUPERVISOR_PROCESS_TREE_TERMINATOR_H_
