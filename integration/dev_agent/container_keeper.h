// The processes between the agent and an executor, all inside one fork of the agent:
//
//   agent ── keeper ── init ── executor ── ...
//
// The keeper is the subreaper of all that the executor ever starts, so that the agent can end it
// all, and so that it ends too when the agent is killed. The init is what `mesos-containerizer
// launch` is: leader of a new session, it forwards signals to the executor, reaps, is no subreaper,
// and ends with the executor.
//
// The agent has threads, so nothing here may allocate or lock (signal-safety(7)): all that is
// needed is prepared before the fork.
#ifndef INTEGRATION_DEV_AGENT_CONTAINER_KEEPER_H_
#define INTEGRATION_DEV_AGENT_CONTAINER_KEEPER_H_

#include <sys/types.h>

namespace mesos_executor::dev_agent {

// What keeper and init tell the agent, each in one packet.
struct KeeperMessage {
  enum Kind : int {
    kStarted,     // pid is the executor's.
    kExecFailed,  // value is errno.
    kReaped,      // pid ended with wait status value.
    kEmpty,       // No process is left; the keeper ends.
  };
  Kind kind;
  pid_t pid;
  int value;
};

// All pointers are to what the agent made before the fork.
struct KeeperSpec {
  // A SOCK_SEQPACKET socket: KeeperMessages go out. Any packet that comes in means: kill
  // everything.
  int control;
  int stdin_fd;
  int stdout_fd;
  int stderr_fd;
  // Found by our own PATH if it has no slash.
  const char* file;
  char* const* argv;
  char* const* environment;
  const char* directory;
  // Kill everything when the agent is gone.
  bool kill_when_abandoned;
  // Become this user before exec.
  bool switch_user;
  uid_t uid;
  gid_t gid;
  const gid_t* groups;
  int group_count;
};

// Runs in the child of fork(), with all signals blocked.
[[noreturn]] void RunKeeper(const KeeperSpec& spec);

}  // namespace mesos_executor::dev_agent

#endif  // INTEGRATION_DEV_AGENT_CONTAINER_KEEPER_H_
