// Where a back end is reached: a Unix socket, or a name's addresses in turn.
#ifndef SIDECARS_RUNTIME_ROUTE_H_
#define SIDECARS_RUNTIME_ROUTE_H_

#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "sidecars/runtime/resolver.h"
#include "supervisor/base/endpoint.h"
#include "supervisor/event_loop/event_loop.h"

namespace mesos_executor::sidecar {

// Lives on the loop's thread, and longer than its questions. An address is used until it fails,
// then the next one; when all have failed the name is resolved again, as names move.
class Route {
 public:
  using Found = absl::AnyInvocable<void(absl::StatusOr<Endpoint>)>;

  explicit Route(UnixEndpoint socket);
  Route(std::string host, uint16_t port, std::unique_ptr<Resolver> resolver);
  ~Route();
  Route(const Route&) = delete;
  Route& operator=(const Route&) = delete;

  // Calls `found` once: before Find returns where an address is known, else when the resolver has
  // answered, with its error where there is none. Destroying the result, which may be null,
  // cancels.
  [[nodiscard]] std::unique_ptr<Pending> Find(Found found);
  // No connection to it, or a broken one. Of those that were under way together, the first that
  // fails moves on for all.
  void Failed(const Endpoint& endpoint);

  // For messages and Host headers: "consul.example:8500", "[::1]:80", "unix:/run/x.sock".
  std::string name() const;

 private:
  class Question;

  void OnResolved(absl::StatusOr<std::vector<std::string>> addresses);

  const std::string host_;
  const uint16_t port_ = 0;
  const std::string socket_;
  const std::unique_ptr<Resolver> resolver_;
  std::deque<Endpoint> endpoints_;
  std::unique_ptr<Pending> resolving_;
  // Owned by the callers.
  std::list<Question*> questions_;
};

}  // namespace mesos_executor::sidecar

#endif  // SIDECARS_RUNTIME_ROUTE_H_
