// A connection to the agent's Unix socket, however long its path is.
#ifndef SUPERVISOR_AGENT_LOCAL_AGENT_SOCKET_H_
#define SUPERVISOR_AGENT_LOCAL_AGENT_SOCKET_H_

#include <memory>
#include <string>

#include "supervisor/agent/agent_socket.h"
#include "supervisor/event_loop/asio_event_loop.h"

namespace mesos_executor::agent {

// A path that doesn't fit into sockaddr_un::sun_path (107 bytes, unix(7)) is reached by way of a
// descriptor of its folder, /proc/self/fd/N/NAME; only NAME must be short then.
std::unique_ptr<AgentSocket> NewLocalAgentSocket(AsioEventLoop* loop, const std::string& path);

}  // namespace mesos_executor::agent

#endif  // SUPERVISOR_AGENT_LOCAL_AGENT_SOCKET_H_
