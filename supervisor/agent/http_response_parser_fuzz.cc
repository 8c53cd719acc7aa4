// Any bytes as an HTTP response, whole and in pieces: the same answer.
#include <glog/logging.h>

#include "supervisor/agent/http_response_parser.h"

namespace mesos_executor::agent {
namespace {

struct Answer {
  absl::Status status;
  int code = 0;
  bool done = false;
  std::string body;
};

Answer Parse(absl::string_view bytes, size_t step) {
  Answer answer;
  HttpResponseParser parser(
      [&](absl::string_view body) { answer.body.append(body.data(), body.size()); });
  while (!bytes.empty() && answer.status.ok()) {
    answer.status = parser.Parse(bytes.substr(0, step));
    bytes.remove_prefix(std::min(step, bytes.size()));
  }
  if (answer.status.ok()) answer.status = parser.End();
  answer.code = parser.code();
  answer.done = parser.done();
  if (answer.done) parser.reusable();
  return answer;
}

void Test(absl::string_view bytes) {
  // Where heads are too long, it depends on the pieces what is told first.
  if (bytes.size() > 4096) return;
  const Answer whole = Parse(bytes, bytes.size());
  CHECK_LE(whole.body.size(), bytes.size());
  for (const size_t step : {1, 7}) {
    const Answer pieces = Parse(bytes, step);
    CHECK_EQ(pieces.status.ok(), whole.status.ok()) << pieces.status << "; " << whole.status;
    // Of what is wrong, the pieces decide how much was read before it.
    if (!whole.status.ok()) continue;
    CHECK_EQ(pieces.code, whole.code);
    CHECK_EQ(pieces.done, whole.done);
    CHECK_EQ(pieces.body, whole.body);
  }
}

}  // namespace
}  // namespace mesos_executor::agent

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  mesos_executor::agent::Test({reinterpret_cast<const char*>(data), size});
  return 0;
}
