// Names to addresses, without ever blocking the loop.
#ifndef SIDECARS_RUNTIME_RESOLVER_H_
#define SIDECARS_RUNTIME_RESOLVER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "supervisor/event_loop/asio_event_loop.h"

namespace mesos_executor::sidecar {

// Lives on the loop's thread.
class Resolver {
 public:
  using Done = absl::AnyInvocable<void(absl::StatusOr<std::vector<std::string>>)>;
  // More are not of use to anybody.
  static constexpr size_t kMaxAddresses = 16;

  virtual ~Resolver() = default;
  // Calls `done` once, never before Resolve returns, with the host's addresses, at least one,
  // IPv4 before IPv6; Unavailable where there is none, naming the host. Destroying the result
  // cancels.
  [[nodiscard]] virtual std::unique_ptr<Pending> Resolve(const std::string& host, Done done) = 0;
};

// Asks libc, on one thread of its own: as the host's admin set it up. An address, and localhost
// (127.0.0.1), is answered without asking. Destroying it waits for a question under way, which can
// take as long as the host's resolver allows.
std::unique_ptr<Resolver> NewResolver(AsioEventLoop* loop);

}  // namespace mesos_executor::sidecar

#endif  // SIDECARS_RUNTIME_RESOLVER_H_
