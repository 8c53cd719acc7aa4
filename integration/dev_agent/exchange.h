// A connection that has asked something.
#ifndef INTEGRATION_DEV_AGENT_EXCHANGE_H_
#define INTEGRATION_DEV_AGENT_EXCHANGE_H_

#include <optional>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "integration/dev_agent/fault_plan.h"

namespace mesos_executor::dev_agent {

// All on the loop's thread. On a broken connection nothing has an effect.
class Exchange {
 public:
  virtual ~Exchange() = default;

  // A whole response. The connection's next request is handled after it.
  virtual void Answer(std::string bytes) = 0;

  // The head of a response that goes on until EndStream; until then no other request of this
  // connection is handled. `on_gone` is called once if the connection ends first, and gets how.
  virtual void BeginStream(std::string head,
                           absl::AnyInvocable<void(absl::string_view how)> on_gone) = 0;
  // Any bytes, in order.
  virtual void Write(std::string bytes) = 0;
  // After `last` the connection is free for another request.
  virtual void EndStream(std::string last) = 0;

  // Closes the connection where it stands; `on_gone` is not called.
  virtual void Abort() = 0;

  // Before its answer: nothing of it is sent until `delay` is over, and then only so much.
  virtual void Spoil(absl::Duration delay, const std::optional<CutAnswer>& cut) = 0;
};

}  // namespace mesos_executor::dev_agent

#endif  // INTEGRATION_DEV_AGENT_EXCHANGE_H_
