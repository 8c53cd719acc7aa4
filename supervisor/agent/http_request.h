// The bytes of a call to the agent.
#ifndef SUPERVISOR_AGENT_HTTP_REQUEST_H_
#define SUPERVISOR_AGENT_HTTP_REQUEST_H_

#include <string>

#include "absl/strings/string_view.h"
#include "supervisor/agent/agent_settings.h"

namespace mesos_executor::agent {

// A POST of `body` to `path`, complete. Each header matters to an agent: one media type in Accept,
// or it answers in JSON; Content-Type to the letter, or it answers 415; no Expect; no User-Agent,
// as it takes "libprocess/…" for one of its own messages (process.cpp).
std::string HttpRequestText(const AgentSettings& settings, absl::string_view path,
                            absl::string_view media_type, absl::string_view body);

}  // namespace mesos_executor::agent

#endif  // SUPERVISOR_AGENT_HTTP_REQUEST_H_
