// Where our processes' log goes: stderr, without ever waiting for whoever reads it.
#ifndef SUPERVISOR_BASE_LOGGING_H_
#define SUPERVISOR_BASE_LOGGING_H_

namespace mesos_executor {

// Makes glog write to stderr alone, a line at a time. A line for which a full pipe has no room is
// dropped and counted; the count is told as soon as there is room: a logger that hangs must not
// stop a supervisor. Lines are cut to what a pipe takes at once (PIPE_BUF). `verbose` turns VLOG(1)
// on. Once, at the start of main().
void StartLogging(const char* program, bool verbose);

}  // namespace mesos_executor

#endif  // SUPERVISOR_BASE_LOGGING_H_
