// Which instances of a service Consul believes to be healthy: the question, and its answer. Pure.
// https://developer.hashicorp.com/consul/api-docs/health#list-service-instances-for-service
#ifndef SIDECARS_LOG_SHIPPER_OUTPUTS_HEALTH_ANSWER_H_
#define SIDECARS_LOG_SHIPPER_OUTPUTS_HEALTH_ANSWER_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "sidecars/log_shipper/outputs/receiver.h"
#include "supervisor/base/http_client.h"

namespace mesos_executor::log_shipper {

// The target of a GET for the instances all of whose checks pass. `name_space` is Consul
// Enterprise's, or "".
std::string HealthTarget(absl::string_view service, absl::string_view name_space);

// The instances in the order of Consul's answer, each once, at most kMaxReceivers; those without a
// port or an address are left out. Unavailable: no answer, or one that isn't what was asked for.
// Note that a token without the right to read gets an empty answer, not a refusal.
absl::StatusOr<std::vector<Receiver>> ReadHealthAnswer(const absl::StatusOr<HttpResponse>& answer);

}  // namespace mesos_executor::log_shipper

#endif  // SIDECARS_LOG_SHIPPER_OUTPUTS_HEALTH_ANSWER_H_
