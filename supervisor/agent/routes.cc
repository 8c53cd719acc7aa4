#include "supervisor/agent/routes.h"

#include <utility>

namespace mesos_executor::agent {

Routes::Routes(const AgentSettings& settings) {
  if (!settings.socket.path.empty()) {
    routes_.push_back({settings.socket, settings.socket_api_path});
  }
  routes_.push_back({settings.endpoint, settings.api_path});
}

void Routes::BeginAttempt() { current_ = std::exchange(next_, 0); }

bool Routes::NextOfAttempt() {
  if (last()) return false;
  ++current_;
  return true;
}

void Routes::NoGood() {
  next_ = last() ? 0 : current_ + 1;
  doubtful_ |= !last();
}

void Routes::Subscribed() {
  next_ = 0;
  doubtful_ = false;
}

}  // namespace mesos_executor::agent
