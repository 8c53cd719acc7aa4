// A sidecar as a daemon of the host, as systemd would start it: on a socket and with a state folder
// of its own.
#ifndef INTEGRATION_SCENARIOS_SIDECAR_DAEMON_H_
#define INTEGRATION_SCENARIOS_SIDECAR_DAEMON_H_

#include <sys/types.h>

#include <string>
#include <vector>

namespace mesos_executor {

class SidecarDaemon {
 public:
  // `place` is the program's in the workspace; the socket is `folder`/NAME.sock, the state in
  // `folder`/NAME.state. `environment` is all that it gets, as "NAME=value".
  SidecarDaemon(const std::string& place, const std::string& folder,
                std::vector<std::string> environment, std::vector<std::string> flags = {});
  // Kills it.
  ~SidecarDaemon();
  SidecarDaemon(const SidecarDaemon&) = delete;
  SidecarDaemon& operator=(const SidecarDaemon&) = delete;

  // Starts it and waits until it accepts connections.
  void Start();
  // kill -9.
  void Kill();
  // SIGTERM, and its exit code.
  int Stop();
  // Sends it any other signal.
  void Signal(int signal);

 private:
  std::string socket_;
  std::vector<std::string> argv_;
  std::vector<std::string> environment_;
  pid_t pid_ = 0;
};

}  // namespace mesos_executor

#endif  // INTEGRATION_SCENARIOS_SIDECAR_DAEMON_H_
