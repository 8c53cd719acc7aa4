// An executor for tests of the agent: one that says exactly what the test wants, on plain blocking
// sockets.
#ifndef INTEGRATION_DEV_AGENT_WIRE_EXECUTOR_H_
#define INTEGRATION_DEV_AGENT_WIRE_EXECUTOR_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "integration/dev_agent/http_text.h"
#include "protos/mesos/v1/executor.pb.h"
#include "supervisor/base/unique_fd.h"

namespace mesos_executor::dev_agent {

// One connection to the agent. Everything that takes more than 60 s fails.
class WireConnection {
 public:
  // Broken from the start if there is no connection.
  explicit WireConnection(uint16_t port);
  // To a Unix socket.
  explicit WireConnection(const std::string& path);

  void Send(absl::string_view bytes);
  // Up to and including `end`; what there was if the connection ended first.
  std::string ReadThrough(absl::string_view end);
  std::string ReadBytes(size_t count);

 private:
  void Connect(const void* address, unsigned length);
  bool ReadMore();

  UniqueFd socket_;
  std::string buffer_;
};

// A request for the executor API as it goes over the wire.
struct CallStyle {
  MediaType type = MediaType::kJson;
  std::string path = "/api/v1/executor";
  // Empty: none.
  std::string token;
};
std::string CallRequest(const mesos::v1::executor::Call& call, const CallStyle& style);
inline std::string CallRequest(const mesos::v1::executor::Call& call, MediaType type) {
  return CallRequest(call, CallStyle{.type = type});
}

// The bytes of a response: all of it, if it has a Content-Length, else its head. Empty: the
// connection has ended.
std::string ReadResponseBytes(WireConnection& connection);

// A response with a Content-Length: its status code and its body.
struct WireResponse {
  int code = 0;
  std::string body;
};
WireResponse ReadResponse(WireConnection& connection);

// An event stream.
class WireStream {
 public:
  WireStream(uint16_t port, const mesos::v1::executor::Call& subscribe, MediaType type);
  // Goes on behind the head of the response.
  WireStream(WireConnection connection, MediaType type)
      : type_(type), connection_(std::move(connection)) {}

  // Head of the response.
  const std::string& head() const { return head_; }
  // One chunk with one record, as it came; empty when there is none.
  std::string NextChunk();
  // None when the stream has ended; `ended_properly` then says whether there was a last chunk.
  std::optional<mesos::v1::executor::Event> Next();
  bool ended_properly() const { return ended_properly_; }

 private:
  const MediaType type_;
  WireConnection connection_;
  std::string head_;
  bool ended_properly_ = false;
};

}  // namespace mesos_executor::dev_agent

#endif  // INTEGRATION_DEV_AGENT_WIRE_EXECUTOR_H_
