// Speaks with one Consul agent: a bounded number of requests at once, each with a deadline of its
// own.
#ifndef SIDECARS_CONSUL_REGISTRAR_CLIENT_H_
#define SIDECARS_CONSUL_REGISTRAR_CLIENT_H_

#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "sidecars/consul_registrar/consul_api.h"
#include "sidecars/consul_registrar/credentials.h"
#include "sidecars/consul_registrar/holdings.h"
#include "sidecars/runtime/metrics.h"
#include "sidecars/runtime/route.h"
#include "sidecars/runtime/turns.h"
#include "supervisor/base/http_client.h"
#include "supervisor/event_loop/event_loop.h"

namespace mesos_executor::consul {

// A request that waits for its place, or was sent. Destroying it cancels; what was sent may still
// take effect.
class Operation : public Pending {
 public:
  virtual bool sent() const = 0;
};

// Lives on the loop's thread, and longer than its operations. Requests wait in the order of
// asking, but deregistrations have places of their own (turns.h).
class Client {
 public:
  static constexpr sidecar::Turns::Places kPlaces = {.all = 16, .not_urgent = 12};
  // For one request, from its sending; waiting for a place doesn't count. A Consul that answers
  // late is waited for instead of being asked the same again and again: a request that misses the
  // deadline doubles it for those that follow, and an answer makes it twice the time that it took.
  // What only reads is soon answered by a Consul that is slow to change anything: each kind counts
  // for itself.
  static constexpr absl::Duration kFirstTimeout = absl::Seconds(5);
  static constexpr absl::Duration kLongestTimeout = absl::Seconds(60);

  using Done = absl::AnyInvocable<void(absl::Status)>;
  using HoldingsDone = absl::AnyInvocable<void(absl::StatusOr<Holdings>)>;

  // `name_space`: Consul Enterprise's, or "". Loop and metrics outlive the client.
  Client(EventLoop* loop, std::unique_ptr<sidecar::Route> route,
         std::unique_ptr<Credentials> credentials, std::unique_ptr<HttpClient> http,
         std::string name_space, sidecar::Metrics* metrics);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Each calls `done` once, never before it returns, with the errors of consul_api.h. A refusal
  // makes the token's file be read again; with another token in it the request is repeated.
  [[nodiscard]] std::unique_ptr<Operation> Register(const ServiceDefinition& service,
                                                    absl::string_view status, Done done);
  [[nodiscard]] std::unique_ptr<Operation> Deregister(absl::string_view service_id, Done done);
  [[nodiscard]] std::unique_ptr<Operation> UpdateCheck(absl::string_view service_id,
                                                       absl::string_view status, Done done);
  // All services and checks; Unavailable where Consul's answer is none.
  [[nodiscard]] std::unique_ptr<Operation> List(HoldingsDone done);

  // `rotated` is called, at one of the loop's next turns, whenever the token has become another
  // one: Consul keeps the old one with each service, and needs it.
  void OnNewToken(absl::AnyInvocable<void()> rotated) { rotated_ = std::move(rotated); }

  // What a request that is to change something is given, when it is sent now.
  absl::Duration timeout() const { return change_timeout_; }
  // Where Consul is, for people.
  std::string name() const { return route_->name(); }

 private:
  class Call;
  class Listing;
  using Answered = absl::AnyInvocable<void(absl::StatusOr<HttpResponse>)>;

  std::unique_ptr<Operation> Ask(const char* operation, Request request, Answered answered);
  HttpRequest Write(const Request& request, const Endpoint& endpoint, absl::Duration timeout);
  void RefreshCredentials(bool anyway);
  // `next`: what the next request of its kind is given; `timeout`: what this one was.
  void NoteTimeliness(const absl::Status& status, absl::Time sent, absl::Duration timeout,
                      absl::Duration& next);

  EventLoop* const loop_;
  const std::unique_ptr<sidecar::Route> route_;
  const std::unique_ptr<Credentials> credentials_;
  const std::unique_ptr<HttpClient> http_;
  const std::string query_;
  sidecar::Metrics* const metrics_;
  sidecar::Turns turns_;
  absl::Duration read_timeout_ = kFirstTimeout;
  absl::Duration change_timeout_ = kFirstTimeout;
  // How often the token has become another one.
  int tokens_ = 0;
  absl::AnyInvocable<void()> rotated_;
  std::unique_ptr<Pending> telling_;
};

}  // namespace mesos_executor::consul

#endif  // SIDECARS_CONSUL_REGISTRAR_CLIENT_H_
