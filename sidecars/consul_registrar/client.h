// Speaks with one Consul agent: a bounded number of requests at once, each with a deadline of its
// own.
#ifndef SIDECARS_CONSUL_REGISTRAR_CLIENT_H_
#define SIDECARS_CONSUL_REGISTRAR_CLIENT_H_

#include <deque>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "sidecars/consul_registrar/consul_api.h"
#include "sidecars/consul_registrar/consul_settings.h"
#include "sidecars/runtime/resolver.h"
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
// asking, but a deregistration goes before all else and finds places that nothing else may take: a
// Consul that swallows registrations can't hold it up.
class Client {
 public:
  static constexpr int kMaxUnderWay = 16;
  static constexpr int kMaxUnderWayButDeregistrations = 12;
  // For one request, from its sending; waiting for a place doesn't count.
  static constexpr absl::Duration kTimeout = absl::Seconds(5);

  using Done = absl::AnyInvocable<void(absl::Status)>;
  using ServicesDone = absl::AnyInvocable<void(absl::StatusOr<HeldServices>)>;

  Client(ConsulSettings settings, std::unique_ptr<HttpClient> http,
         std::unique_ptr<sidecar::Resolver> resolver);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Each calls `done` once, never before it returns, with the errors of consul_api.h.
  [[nodiscard]] std::unique_ptr<Operation> Register(const ServiceDefinition& service,
                                                    absl::string_view status, Done done);
  [[nodiscard]] std::unique_ptr<Operation> Deregister(absl::string_view service_id, Done done);
  [[nodiscard]] std::unique_ptr<Operation> Services(ServicesDone done);

  // Where Consul is, for people.
  std::string name() const;

 private:
  class Call;
  using Answered = absl::AnyInvocable<void(absl::StatusOr<HttpResponse>)>;

  std::unique_ptr<Operation> Ask(Request request, bool urgent, Answered answered);
  // Starts as many waiting calls as there are places for.
  void Dispatch();
  void Send(Call* call);
  void Remove(Call* call);
  void OnResolved(absl::StatusOr<std::vector<std::string>> addresses);

  const ConsulSettings settings_;
  const std::unique_ptr<HttpClient> http_;
  const std::unique_ptr<sidecar::Resolver> resolver_;
  // The first is used until it fails, then the next. Empty until resolved, and again when all have
  // failed: names move.
  std::deque<std::string> addresses_;
  std::unique_ptr<Pending> resolving_;
  // Owned by the callers.
  std::list<Call*> urgent_;
  std::list<Call*> waiting_;
  int under_way_ = 0;
};

}  // namespace mesos_executor::consul

#endif  // SIDECARS_CONSUL_REGISTRAR_CLIENT_H_
