// One HTTP/1.1 request with a deadline, on the event loop: for health checks and for the sidecars'
// back ends.
#ifndef SUPERVISOR_BASE_HTTP_CLIENT_H_
#define SUPERVISOR_BASE_HTTP_CLIENT_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "supervisor/base/endpoint.h"
#include "supervisor/base/tls_credentials.h"
#include "supervisor/event_loop/asio_event_loop.h"

namespace mesos_executor {

struct HttpRequest {
  Endpoint endpoint;
  std::string method = "GET";
  // Path and query; starts with "/".
  std::string target = "/";
  // The Host header; derived from the endpoint when empty.
  std::string host;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  // Null: plain HTTP.
  std::shared_ptr<const TlsCredentials> tls;
  // For the whole: connecting, TLS, sending, and reading the answer. Must be positive; infinite
  // means no limit.
  absl::Duration timeout = absl::Seconds(10);
  // A longer answer is a ResourceExhausted error, or is cut short where the caller cares for the
  // status alone.
  size_t max_body = 1 << 20;
  bool cut_long_body = false;
};

struct HttpResponse {
  int status = 0;
  // As sent; names compare without case.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  // The first header of that name, or "".
  std::string Header(std::string_view name) const;
};

// Sends requests, each on a connection of its own. Lives on the loop's thread; the loop must
// outlive it.
class HttpClient {
 public:
  using Done = absl::AnyInvocable<void(absl::StatusOr<HttpResponse>)>;

  virtual ~HttpClient() = default;

  // Calls `done` once, never before Send returns. Destroying the result cancels: `done` is then
  // never called. Any final status code is a response (interim ones, 1xx, are skipped). Errors:
  // InvalidArgument (the request) and Unavailable (no connection, no TLS, or it broke while
  // sending): the request wasn't sent, at least not whole. Aborted (it was, and the connection
  // ended before the answer), ResourceExhausted (max_body; a header over 32 KiB), Internal (an
  // answer that isn't HTTP). DeadlineExceeded at any point. Messages name the endpoint, but neither
  // target nor headers: those may hold secrets.
  [[nodiscard]] virtual std::unique_ptr<Pending> Send(HttpRequest request, Done done) = 0;
};

// The real one.
std::unique_ptr<HttpClient> NewHttpClient(AsioEventLoop* loop);

}  // namespace mesos_executor

#endif  // SUPERVISOR_BASE_HTTP_CLIENT_H_
