// Where a program may be, in the order in which execvp(3) tries.
#ifndef SUPERVISOR_PROCESS_PROGRAM_PATH_H_
#define SUPERVISOR_PROCESS_PROGRAM_PATH_H_

#include <string>
#include <vector>

namespace mesos_executor::process {

// `program` itself if it holds a slash; else one path for each folder of PATH in `environment`
// ("NAME=value", the first one counts), or of "/bin:/usr/bin" where that has none. An empty folder
// is the working directory.
std::vector<std::string> ProgramCandidates(const std::string& program,
                                           const std::vector<std::string>& environment);

}  // namespace mesos_executor::process

#endif  // SUPERVISOR_PROCESS_PROGRAM_PATH_H_
