// Reads one HTTP/1.1 response from bytes as they come.
#ifndef SUPERVISOR_AGENT_HTTP_RESPONSE_PARSER_H_
#define SUPERVISOR_AGENT_HTTP_RESPONSE_PARSER_H_

#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace mesos_executor::agent {

// Pure. Takes the body in any encoding of HTTP/1.1 (chunks, a length, or all until the end of the
// stream) and keeps none of it. Holds at most one unfinished head line or chunk head, of 8 KiB.
class HttpResponseParser {
 public:
  // Called with each piece of the body, from Parse() or End(), after code() is known.
  using OnBody = absl::AnyInvocable<void(absl::string_view)>;

  explicit HttpResponseParser(OnBody on_body);
  ~HttpResponseParser();

  // Takes the next bytes, cut anywhere. InvalidArgument: not HTTP, or too long a head; nothing more
  // can be read then.
  absl::Status Parse(absl::string_view bytes);

  // The stream has ended. DataLoss: in the middle of the response.
  absl::Status End();

  // 0 until the head is complete.
  int code() const;
  bool done() const;
  // The connection can carry another call. Only when done().
  bool reusable() const;

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace mesos_executor::agent

#endif  // SUPERVISOR_AGENT_HTTP_RESPONSE_PARSER_H_
