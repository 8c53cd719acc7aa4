#include "integration/fake_consul/ask.h"

#include <utility>

#include "supervisor/event_loop/asio_event_loop.h"

namespace mesos_executor::fake_consul {

absl::StatusOr<HttpResponse> AskConsul(uint16_t port, const Question& question) {
  AsioEventLoop loop;
  const auto client = NewHttpClient(&loop);
  HttpRequest request;
  request.endpoint = TcpEndpoint{"127.0.0.1", port};
  request.method = question.method;
  request.target = question.target;
  if (!question.token.empty()) request.headers.emplace_back("X-Consul-Token", question.token);
  request.body = question.body;
  absl::StatusOr<HttpResponse> result = absl::UnknownError("not answered");
  const auto sent = client->Send(std::move(request), [&](absl::StatusOr<HttpResponse> answer) {
    result = std::move(answer);
    loop.Stop();
  });
  loop.Run();
  return result;
}

}  // namespace mesos_executor::fake_consul
