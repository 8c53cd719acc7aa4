// Speaks with one VaaS: each request has a deadline of its own, and its credentials in a header.
#ifndef SIDECARS_VAAS_REGISTRAR_CLIENT_H_
#define SIDECARS_VAAS_REGISTRAR_CLIENT_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "sidecars/runtime/route.h"
#include "sidecars/vaas_registrar/backend_definition.h"
#include "sidecars/vaas_registrar/vaas_answers.h"
#include "sidecars/vaas_registrar/vaas_requests.h"
#include "supervisor/base/http_client.h"
#include "supervisor/event_loop/event_loop.h"

namespace mesos_executor::vaas {

struct VaasServer {
  std::unique_ptr<sidecar::Route> route;
  // Null: plain HTTP.
  std::shared_ptr<const TlsCredentials> tls;
  // Secrets: never printed.
  std::string username;
  std::string key;
  // Of every backend that is added.
  BackendTimeouts timeouts = {};
};

// Lives on the loop's thread, and longer than what its methods return. Those call `done` once,
// never before they return, with the errors of vaas_answers.h; destroying what they return cancels,
// but what was sent may still take effect. How many requests there are at once is the caller's
// matter.
class Client {
 public:
  // A list with more pages is not read to its end: Unavailable.
  static constexpr int kMaxPages = 100;

  template <typename Result>
  using Done = absl::AnyInvocable<void(absl::StatusOr<Result>)>;

  // For one request. Doubled by each that was too slow, and twice what the last answer took
  // otherwise: a VaaS that is slow throughout is waited for, one that hangs is not for long.
  static constexpr absl::Duration kFirstTimeout = absl::Seconds(10);
  static constexpr absl::Duration kLongestTimeout = absl::Seconds(60);

  // The loop outlives it.
  Client(EventLoop* loop, VaasServer server, std::unique_ptr<HttpClient> http)
      : loop_(loop), server_(std::move(server)), http_(std::move(http)) {}
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Each is one request a page, until the row is found or the list ends (nullopt). Rows that others
  // remove meanwhile may hide one: a look that finds nothing proves little, so go on by asking VaaS
  // to add it, which it does only once.
  [[nodiscard]] std::unique_ptr<Pending> FindDc(absl::string_view symbol,
                                                Done<std::optional<int64_t>> done);
  [[nodiscard]] std::unique_ptr<Pending> FindDirector(absl::string_view name,
                                                      Done<std::optional<int64_t>> done);
  [[nodiscard]] std::unique_ptr<Pending> FindBackend(const BackendKey& key,
                                                     Done<std::optional<HeldBackend>> done);

  [[nodiscard]] std::unique_ptr<Pending> Add(const BackendDefinition& backend, int64_t director_id,
                                             int64_t dc_id, Done<Added> done);
  // Of one address, in every director; the same holds as above.
  [[nodiscard]] std::unique_ptr<Pending> ListBackends(absl::string_view address,
                                                      Done<std::vector<HeldBackend>> done);

  // The results are the id of the task to follow, or empty: see ReadDeleteAnswer.
  [[nodiscard]] std::unique_ptr<Pending> Delete(int64_t backend_id, Done<std::string> done);
  [[nodiscard]] std::unique_ptr<Pending> SetWeight(int64_t backend_id, int weight,
                                                   Done<std::string> done);
  [[nodiscard]] std::unique_ptr<Pending> LookAtTask(absl::string_view task_id,
                                                    Done<TaskProgress> done);

  // Where VaaS is, for people.
  std::string name() const { return server_.route->name(); }

 private:
  template <typename Row>
  class Search;
  class Listing;
  class Call;

  std::unique_ptr<Pending> Send(Request request, HttpClient::Done done);
  HttpRequest ToHttp(Request request) const;
  // What came of a request that was sent then, with that timeout.
  void NoteTimeliness(const absl::Status& status, absl::Time sent, absl::Duration timeout);

  EventLoop* const loop_;
  const VaasServer server_;
  const std::unique_ptr<HttpClient> http_;
  absl::Duration timeout_ = kFirstTimeout;
};

}  // namespace mesos_executor::vaas

#endif  // SIDECARS_VAAS_REGISTRAR_CLIENT_H_
