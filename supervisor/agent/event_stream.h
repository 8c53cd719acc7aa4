// The connection that carries SUBSCRIBE and, as its answer, the agent's events.
#ifndef SUPERVISOR_AGENT_EVENT_STREAM_H_
#define SUPERVISOR_AGENT_EVENT_STREAM_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "supervisor/agent/agent_socket.h"
#include "supervisor/agent/http_answer.h"
#include "supervisor/agent/http_response_parser.h"
#include "supervisor/agent/recordio_decoder.h"

namespace mesos_executor::agent {

// One stream; for the next one, make another. Lives on the loop's thread. Destruction closes it
// silently. Whatever the agent sends, it holds at most one unfinished record (of 16 MiB, in a
// string that has grown to it by doubling), one head (8 KiB), and what one read of the socket has
// brought.
class EventStream {
 public:
  // Methods may destroy the stream. After OnRefused or OnClosed, one of which comes once, nothing
  // more comes.
  class Observer {
   public:
    virtual ~Observer() = default;
    virtual void OnRecord(std::string record) = 0;
    // Another answer than 200.
    virtual void OnRefused(HttpAnswer answer) = 0;
    // The end, early or late: `why` is never OK. InvalidArgument and ResourceExhausted: the agent
    // sent what is no stream of records; else the connection is gone.
    virtual void OnClosed(absl::Status why) = 0;
  };

  // Connects and sends `request`. The observer must outlive the stream.
  EventStream(std::unique_ptr<AgentSocket> socket, std::string request, Observer* observer);
  ~EventStream();

  // There was a connection.
  bool connected() const { return connected_; }

 private:
  void Read();
  void Take(absl::string_view bytes);
  void TakeEnd();
  void Close(absl::Status why);

  const std::unique_ptr<AgentSocket> socket_;
  Observer* const observer_;
  RecordIoDecoder decoder_;
  std::vector<std::string> records_;
  HttpAnswer answer_;
  bool connected_ = false;
  HttpResponseParser parser_;
  // Set to true by the destructor, for methods that called the observer.
  const std::shared_ptr<bool> destroyed_ = std::make_shared<bool>(false);
};

}  // namespace mesos_executor::agent

#endif  // SUPERVISOR_AGENT_EVENT_STREAM_H_
