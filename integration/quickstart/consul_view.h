// What Consul's own API tells of one task.
#ifndef INTEGRATION_QUICKSTART_CONSUL_VIEW_H_
#define INTEGRATION_QUICKSTART_CONSUL_VIEW_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "integration/quickstart/checklist.h"
#include "supervisor/base/http_client.h"
#include "supervisor/event_loop/event_loop.h"

namespace mesos_executor::quickstart {

// The services whose id starts with `prefix`, from the bodies of /v1/agent/services and
// /v1/agent/checks. Pure. Internal: they are no such JSON.
absl::StatusOr<std::vector<ConsulService>> ParseConsulServices(absl::string_view services,
                                                               absl::string_view checks,
                                                               absl::string_view prefix);

// Lives on the loop's thread; the client outlives it.
class ConsulView {
 public:
  using Done = absl::AnyInvocable<void(absl::StatusOr<std::vector<ConsulService>>)>;

  // `prefix` is what the ids of the task's services start with.
  ConsulView(HttpClient* client, Endpoint consul, std::string prefix);

  // Asks once and calls `done`, unless the view is destroyed or asked again before: then only the
  // newest counts. Errors: HttpClient's, and Internal for an answer that isn't Consul's.
  void Look(Done done);

 private:
  void Ask(std::string target, absl::AnyInvocable<void(std::string body)> then);

  HttpClient* const client_;
  const Endpoint consul_;
  const std::string prefix_;
  Done done_;
  std::unique_ptr<Pending> request_;
};

}  // namespace mesos_executor::quickstart

#endif  // INTEGRATION_QUICKSTART_CONSUL_VIEW_H_
