// The connection for all calls but SUBSCRIBE.
#ifndef SUPERVISOR_AGENT_CALL_CONNECTION_H_
#define SUPERVISOR_AGENT_CALL_CONNECTION_H_

#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "supervisor/agent/agent_socket.h"
#include "supervisor/agent/http_answer.h"
#include "supervisor/agent/http_response_parser.h"
#include "supervisor/event_loop/event_loop.h"

namespace mesos_executor::agent {

// Kept open between calls, and opened again when the agent has closed it meanwhile. Lives on the
// loop's thread.
class CallConnection {
 public:
  using Done = absl::AnyInvocable<void(absl::StatusOr<HttpAnswer>)>;

  CallConnection(EventLoop* loop, AgentSocketFactory new_socket, absl::Duration timeout);

  // Sends one call; not while another is under way. `done` comes once, from the loop. Errors:
  // Unavailable (no connection, or it broke: the agent may have got the call or not),
  // DeadlineExceeded, InvalidArgument and DataLoss (no HTTP).
  void Post(std::string request, Done done);

  // Closes the connection. A call under way is forgotten.
  void Close();

 private:
  void Open();
  void Write();
  void Read();
  void Take(absl::StatusOr<absl::string_view> bytes);
  void Break(absl::Status why);
  void Finish(absl::StatusOr<HttpAnswer> answer);

  EventLoop* const loop_;
  const AgentSocketFactory new_socket_;
  const absl::Duration timeout_;

  std::unique_ptr<AgentSocket> socket_;
  // The call under way, if done_.
  Done done_;
  std::string request_;
  HttpAnswer answer_;
  std::unique_ptr<HttpResponseParser> parser_;
  std::unique_ptr<Pending> deadline_;
  // The request is on its way into the socket, which takes one at a time.
  bool writing_ = false;
  // The connection has been idle: the agent may have closed it while the call was on its way.
  bool reused_ = false;
};

}  // namespace mesos_executor::agent

#endif  // SUPERVISOR_AGENT_CALL_CONNECTION_H_
