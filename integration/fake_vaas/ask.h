// One question to a VaaS on this machine, asked and waited for: for tests, and for whoever wants to
// see at the source.
#ifndef INTEGRATION_FAKE_VAAS_ASK_H_
#define INTEGRATION_FAKE_VAAS_ASK_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "integration/fake_vaas/exchange.h"
#include "supervisor/base/http_client.h"

namespace mesos_executor::fake_vaas {

// Blocks, on a loop of its own. Any status code is an answer; errors are those of HttpClient.
absl::StatusOr<HttpResponse> AskVaas(uint16_t port, const Question& question,
                                     absl::Duration timeout = absl::Seconds(60));

}  // namespace mesos_executor::fake_vaas

#endif  // INTEGRATION_FAKE_VAAS_ASK_H_
