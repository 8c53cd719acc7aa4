#include "integration/fake_vaas/ask.h"

#include <utility>

#include "supervisor/event_loop/asio_event_loop.h"

namespace mesos_executor::fake_vaas {

absl::StatusOr<HttpResponse> AskVaas(uint16_t port, const Question& question,
                                     absl::Duration timeout) {
  AsioEventLoop loop;
  const auto client = NewHttpClient(&loop);
  HttpRequest request;
  request.endpoint = TcpEndpoint{"127.0.0.1", port};
  request.method = question.method;
  request.target = question.target;
  const auto add = [&request](const char* name, const std::string& value) {
    if (!value.empty()) request.headers.emplace_back(name, value);
  };
  add("Authorization", question.authorization);
  add("Prefer", question.prefer);
  add("Content-Type", question.content_type);
  request.body = question.body;
  request.timeout = timeout;
  absl::StatusOr<HttpResponse> result = absl::UnknownError("not answered");
  const auto sent = client->Send(std::move(request), [&](absl::StatusOr<HttpResponse> answer) {
    result = std::move(answer);
    loop.Stop();
  });
  loop.Run();
  return result;
}

}  // namespace mesos_executor::fake_vaas
