#include "supervisor/agent/routes.h"

#include <utility>

namespace mesos_executor::agent {

Routes::Routes(const AgentSettings& settings) {
  if (!settings.socket.path.empty()) {
    routes_.push_back({settings.socket, settings.socket_api_path});
  }
  routes_.push_back({settings.endpoint, settings.api_path});
}

void Routes::BeginAttempt() {
  current_ = std::exchange(next_, 0);
  tried_ = 1;
}

bool Routes::NextOfAttempt() {
  if (tried_ == routes_.size()) return false;
  ++tried_;
  current_ = (current_ + 1) % routes_.size();
  return true;
}

void Routes::NoGood() { next_ = (current_ + 1) % routes_.size(); }

}  // namespace mesos_executor::agent
