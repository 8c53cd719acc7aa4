// What a sidecar shows at --metrics unix:PATH.
#ifndef INTEGRATION_LOG_SHIPPER_METRICS_PAGE_H_
#define INTEGRATION_LOG_SHIPPER_METRICS_PAGE_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace mesos_executor {

// The whole answer; empty where nobody answers.
std::string ReadMetrics(const std::string& socket);

// Of all series of this name; 0 where there is none.
uint64_t SumOfMetric(absl::string_view page, absl::string_view name);

}  // namespace mesos_executor

#endif  // INTEGRATION_LOG_SHIPPER_METRICS_PAGE_H_
