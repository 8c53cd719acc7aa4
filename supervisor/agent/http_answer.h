// What the agent answers to a call.
#ifndef SUPERVISOR_AGENT_HTTP_ANSWER_H_
#define SUPERVISOR_AGENT_HTTP_ANSWER_H_

#include <algorithm>
#include <string>

#include "absl/strings/string_view.h"

namespace mesos_executor::agent {

struct HttpAnswer {
  int code = 0;
  // Text for people, of which some decides (Session); cut after 1 KiB.
  std::string body;

  void Append(absl::string_view more) {
    constexpr size_t kMaxBody = 1 << 10;
    body.append(more.data(), std::min(more.size(), kMaxBody - body.size()));
  }
};

}  // namespace mesos_executor::agent

#endif  // SUPERVISOR_AGENT_HTTP_ANSWER_H_
