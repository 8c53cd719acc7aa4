// One connection to the agent: requests in, answers out, spoilt as the agent's faults want it.
#ifndef INTEGRATION_DEV_AGENT_CONNECTION_H_
#define INTEGRATION_DEV_AGENT_CONNECTION_H_

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "integration/dev_agent/call_check.h"
#include "integration/dev_agent/exchange.h"
#include "supervisor/base/byte_stream.h"
#include "supervisor/event_loop/event_loop.h"

namespace mesos_executor::dev_agent {

// What all connections of a server share.
struct ServerState {
  absl::AnyInvocable<void(RawCall request, std::shared_ptr<Exchange> exchange)> handle;
  // The connection has ended.
  absl::AnyInvocable<void(Exchange*)> ended;
  // Nothing is handled or sent; nothing is read either.
  bool frozen = false;
  bool stop_reading = false;
};

// Lives on the loop's thread; `loop` and `state` outlive it.
class Connection final : public Exchange, public std::enable_shared_from_this<Connection> {
 public:
  // `socket` is the stream's own, for what only a socket can do.
  Connection(EventLoop* loop, ServerState* state, std::unique_ptr<ByteStream> stream, int socket,
             bool on_unix_socket);
  ~Connection() override;

  // Begins, or goes on when the server is no longer frozen.
  void Resume();

  void Answer(std::string bytes) override;
  void BeginStream(std::string head, absl::AnyInvocable<void(absl::string_view)> on_gone) override;
  void Write(std::string bytes) override;
  void EndStream(std::string last) override;
  void Abort() override;
  void Spoil(absl::Duration delay, const std::optional<CutAnswer>& cut) override;

 private:
  // Beast's parser, which only connection.cc knows.
  class Request;

  void Read();
  void OnBytes(absl::StatusOr<absl::string_view> bytes);
  void Parse();
  void Handle();
  void Finish();
  void Send();
  void Close(absl::string_view how);

  EventLoop* const loop_;
  ServerState* const state_;
  std::unique_ptr<ByteStream> stream_;
  const int socket_;
  const bool on_unix_socket_;

  bool reading_ = false;
  // What was read and not parsed.
  std::string input_;
  std::unique_ptr<Request> request_;
  // Between a request and the end of its answer.
  bool busy_ = false;
  bool keep_alive_ = true;

  bool writing_ = false;
  std::deque<std::string> output_;
  bool close_when_sent_ = false;
  std::string close_reason_;
  absl::AnyInvocable<void(absl::string_view)> on_gone_;

  // Faults of the present answer.
  std::unique_ptr<Pending> delay_;
  std::optional<CutAnswer> cut_;
};

}  // namespace mesos_executor::dev_agent

#endif  // INTEGRATION_DEV_AGENT_CONNECTION_H_
