// What the agent writes, byte for byte as a Mesos 1.11 agent does: whole answers, and the head and
// chunks of an event stream.
#ifndef INTEGRATION_DEV_AGENT_HTTP_TEXT_H_
#define INTEGRATION_DEV_AGENT_HTTP_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace mesos_executor::dev_agent {

enum class MediaType { kJson, kProtobuf };

absl::string_view MediaTypeName(MediaType type);

struct Answer {
  int code = 202;
  // Empty for 202, plain text otherwise.
  std::string body;
  // One more header line, such as "Allow: POST".
  std::string header;

  bool operator==(const Answer&) const = default;
};

// The whole response.
std::string AnswerText(const Answer& answer, absl::Time date);

// Head of the response to a SUBSCRIBE.
std::string StreamHead(MediaType type, absl::Time date);

// One event: one RecordIO record in one chunk.
std::string EventChunk(absl::string_view event);

// A stream that ends as it should.
inline constexpr absl::string_view kLastChunk = "0\r\n\r\n";

// Whether an Accept header allows that type. A missing header, which is not for this function,
// allows all.
bool Accepts(absl::string_view accept, MediaType type);

}  // namespace mesos_executor::dev_agent

#endif  // INTEGRATION_DEV_AGENT_HTTP_TEXT_H_
