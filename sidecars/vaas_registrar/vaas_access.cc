#include "sidecars/vaas_registrar/vaas_access.h"

#include <glog/logging.h>

#include <utility>

#include "absl/strings/ascii.h"

namespace mesos_executor::vaas {

void VaasAccess::Note(const char* request, const absl::Status& result) {
  metrics
      ->CounterOf("vaas_registrar_requests_total", "Requests to VaaS, by what came of them.",
                  {{"request", request},
                   {"outcome", absl::AsciiStrToLower(absl::StatusCodeToString(result.code()))}})
      .Add();
  const absl::Time now = loop->Now();
  if (absl::IsUnavailable(result)) {
    last_failure = now;
    if (!std::exchange(away, true)) {
      LOG(WARNING) << "VaaS at " << client->name() << " is away: " << result.message();
    }
  } else if (away && now - last_failure >= kSteady) {
    away = false;
    LOG(INFO) << "VaaS at " << client->name() << " is back";
  }
}

}  // namespace mesos_executor::vaas
