// Calls to an agent that answers, closes and is silent as the bytes say: each call ends once.
#include <glog/logging.h>

#include "supervisor/agent/call_connection.h"
#include "supervisor/agent/fuzz_socket.h"
#include "supervisor/base/fuzz_input.h"
#include "supervisor/event_loop/manual_event_loop.h"

namespace mesos_executor::agent {
namespace {

constexpr absl::string_view kAnswers[] = {
    "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nwait",
    "HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
    "HTTP/1.0 400 Bad Request\r\n\r\n",
};

void Test(FuzzInput input) {
  ManualEventLoop loop;
  FuzzSocket* socket = nullptr;
  CallConnection calls(
      &loop, [&socket] { return std::make_unique<FuzzSocket>(&socket); }, absl::Seconds(10));
  bool under_way = false;
  const auto post = [&] {
    under_way = true;
    calls.Post("request", [&under_way](const absl::StatusOr<HttpAnswer>& answer) {
      CHECK(under_way) << "answered twice";
      under_way = false;
      if (answer.ok()) CHECK(answer->code > 0 && answer->body.size() <= 1024);
    });
  };
  while (!input.empty()) {
    if (!under_way) post();
    const size_t what = input.Below(8);
    if (what == 0) loop.Advance(absl::Seconds(input.Below(20)));
    if (what == 1) calls.Close(), under_way = false;
    if (socket == nullptr) continue;
    const absl::Status status =
        input.Below(8) == 0 ? absl::UnavailableError("reset") : absl::OkStatus();
    if (what == 2) socket->Connected(status);
    if (what == 3) socket->Written(status);
    if (what == 4) socket->Receive(input.OneOf(kAnswers));
    if (what == 5) socket->Receive(input.Bytes(100));
    if (what == 6) socket->Receive("");
    if (what == 7 && !status.ok()) socket->Receive(status);
  }
  loop.Advance(absl::Seconds(11));
  CHECK(!under_way) << "never answered";
}

}  // namespace
}  // namespace mesos_executor::agent

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  mesos_executor::agent::Test({data, size});
  return 0;
}
