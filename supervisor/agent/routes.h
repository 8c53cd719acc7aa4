// The ways to the agent: its Unix socket, where it has one, and TCP.
#ifndef SUPERVISOR_AGENT_ROUTES_H_
#define SUPERVISOR_AGENT_ROUTES_H_

#include <string>
#include <vector>

#include "supervisor/agent/agent_settings.h"
#include "supervisor/base/endpoint.h"

namespace mesos_executor::agent {

struct Route {
  Endpoint endpoint;
  // Of the API there, for the request's first line.
  std::string path;
};

// Pure. Says which route the calls take, all of them the same one. The Unix socket comes first; TCP
// stands in where the socket isn't there (nobody mounts it into a container with its own root),
// refuses, or was no good at the attempt before: systemd's socket takes connections while no agent
// answers, and one of another agent answers 403 to our path (slave.cpp). An attempt over TCP that
// nobody answers is followed by one over the socket.
class Routes {
 public:
  explicit Routes(const AgentSettings& settings);

  const Route& current() const { return routes_[current_]; }

  // An attempt to subscribe begins, with current().
  void BeginAttempt();
  // There is no connection over current(). True if the same attempt goes on with another route, now
  // current(); never from TCP to the socket, which may hold it up.
  bool NextOfAttempt();
  // An agent answered the attempt over current(), if only to refuse it: the next takes it too.
  void Answered() { next_ = current_; }
  // Nobody answered the attempt over current(), or somebody else's agent did.
  void NoGood();
  // The outage is over.
  void Subscribed();

  // current() is the last resort: what is said there is final.
  bool last() const { return current_ + 1 == routes_.size(); }
  // current() was no good before in this outage, and another route waits for its turn.
  bool doubtful() const { return doubtful_ && !last(); }

 private:
  std::vector<Route> routes_;
  size_t current_ = 0;
  size_t next_ = 0;
  bool doubtful_ = false;
};

}  // namespace mesos_executor::agent

#endif  // SUPERVISOR_AGENT_ROUTES_H_
