// A /proc that fits a new PID namespace.
#ifndef SUPERVISOR_PROCESS_PRIVATE_PROC_H_
#define SUPERVISOR_PROCESS_PRIVATE_PROC_H_

namespace mesos_executor::process {

// Puts this process into a mount namespace of its own, which still follows the host's mounts, and
// mounts a /proc there that shows this process's PID namespace. Async-signal-safe. False, and
// errno, if that fails.
bool MountPrivateProc();

}  // namespace mesos_executor::process

#endif  // SUPERVISOR_PROCESS_PRIVATE_PROC_H_
