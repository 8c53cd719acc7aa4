// Consul's agent API as far as we speak it: requests written, answers read. Pure; what each answer
// means was recorded against Consul 1.10, and holds for its fakes too (integration/fake_consul
// proves it). https://developer.hashicorp.com/consul/api-docs/agent/service
#ifndef SIDECARS_CONSUL_REGISTRAR_CONSUL_API_H_
#define SIDECARS_CONSUL_REGISTRAR_CONSUL_API_H_

#include <map>
#include <string>
#include <vector>

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
// All services of this agent that the token may read.
Request ServicesRequest();

// What came of a request that changes something:
//
//  - OK: done.
//  - Unavailable: perhaps not done; try again. DeadlineExceeded, Internal and the like become it.
//  - PermissionDenied: refused until an operator changes something at Consul or the token.
//  - InvalidArgument: refused for good.
//
// The messages are for people and never hold the token.
absl::Status ReadRegisterAnswer(const absl::StatusOr<HttpResponse>& answer);
// What isn't there needs no removal: OK.
absl::Status ReadDeregisterAnswer(const absl::StatusOr<HttpResponse>& answer);

// One service, as Consul says that it holds it.
struct HeldService {
  std::string name;
  std::string address;
  uint32_t port = 0;
  std::vector<std::string> tags;
  std::map<std::string, std::string> meta;

  // Whether a registration of `service` would change nothing but the check, which Consul lists
  // elsewhere and without its times.
  bool Is(const ServiceDefinition& service) const;
};

// By id. Note that without the right to read, Consul answers 200 and leaves services out.
using HeldServices = std::map<std::string, HeldService>;
absl::StatusOr<HeldServices> ReadServicesAnswer(const absl::StatusOr<HttpResponse>& answer);

}  // namespace mesos_executor::consul

#endif  // SIDECARS_CONSUL_REGISTRAR_CONSUL_API_H_
