// One question to a Consul agent on this machine, asked and waited for: for tests, and for whoever
// wants to see at the source.
#ifndef INTEGRATION_FAKE_CONSUL_ASK_H_
#define INTEGRATION_FAKE_CONSUL_ASK_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "integration/fake_consul/catalogue.h"
#include "supervisor/base/http_client.h"

namespace mesos_executor::fake_consul {

// Blocks, on a loop of its own, for 10 s at most. Any status code is an answer; errors are those of
// HttpClient.
absl::StatusOr<HttpResponse> AskConsul(uint16_t port, const Question& question);

}  // namespace mesos_executor::fake_consul

#endif  // INTEGRATION_FAKE_CONSUL_ASK_H_
