// Consul's agent API as far as we speak it: requests written, answers read. Pure; what each answer
// means was recorded against Consul 1.10, and holds for its fakes too (integration/fake_consul
// proves it). https://developer.hashicorp.com/consul/api-docs/agent/service
#ifndef SIDECARS_CONSUL_REGISTRAR_CONSUL_API_H_
#define SIDECARS_CONSUL_REGISTRAR_CONSUL_API_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "sidecars/consul_registrar/definition.h"
#include "supervisor/base/http_client.h"

namespace mesos_executor::consul {

// What is sent to Consul; where and with which token is the client's matter.
struct Request {
  std::string method;
  std::string target;
  std::string body;
};

// `status` is what the check says until it has run: see TaskDefinition.
Request RegisterRequest(const ServiceDefinition& service, absl::string_view status);
Request DeregisterRequest(absl::string_view service_id);
// What a service's TTL check is to say: "passing" or "critical". `note` is for people.
Request UpdateCheckRequest(absl::string_view service_id, absl::string_view status,
                           absl::string_view note);
// All services of this agent that the token may read, and their checks: see holdings.h.
Request ServicesRequest();
Request ChecksRequest();

// What came of a request that changes something:
//
//  - OK: done.
//  - Unavailable: perhaps not done; try again. DeadlineExceeded, Internal and the like become it.
//  - PermissionDenied: refused until an operator changes something at Consul or the token.
//  - InvalidArgument: refused, by Consul for good; but a proxy's refusal may pass.
//
// The messages are for people and never hold the token.
absl::Status ReadRegisterAnswer(const absl::StatusOr<HttpResponse>& answer);
// What isn't there needs no removal: OK.
absl::Status ReadDeregisterAnswer(const absl::StatusOr<HttpResponse>& answer);

// NotFound: Consul holds no such TTL check.
absl::Status ReadUpdateCheckAnswer(const absl::StatusOr<HttpResponse>& answer);
// For those that only read.
absl::Status ReadAnswer(const absl::StatusOr<HttpResponse>& answer);

}  // namespace mesos_executor::consul

#endif  // SIDECARS_CONSUL_REGISTRAR_CONSUL_API_H_
