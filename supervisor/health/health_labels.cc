#include "supervisor/health/health_labels.h"

#include <limits.h>

#include <optional>

#include "absl/strings/numbers.h"
#include "supervisor/base/task_label.h"

namespace mesos_executor::health {
namespace {

constexpr char kMinSuccesses[] = "executor-health-min-successes";
constexpr char kSnoozeFile[] = "executor-health-snooze-file";
constexpr char kRunningWhenHealthy[] = "executor-running-when-healthy";

constexpr uint32_t kMostSuccesses = 1000;

// One name in the sandbox, and none that leads out of it.
bool IsFileName(const std::string& name) {
  return !name.empty() && name.size() <= NAME_MAX && name != "." && name != ".." &&
         name.find('/') == std::string::npos && name.find('\0') == std::string::npos;
}

}  // namespace

HealthLabels ReadHealthLabels(const mesos::v1::Labels& labels) {
  HealthLabels result;
  const auto warn = [&](const char* key, const std::string& value, const char* problem) {
    result.warnings.push_back(LabelWarning(key, value, problem));
  };
  if (const auto value = LabelValue(labels, kMinSuccesses)) {
    uint32_t number = 0;
    if (absl::SimpleAtoi(*value, &number) && number >= 1 && number <= kMostSuccesses) {
      result.min_successes = number;
    } else {
      warn(kMinSuccesses, *value, "write a number from 1 to 1000; taking 1");
    }
  }
  if (const auto value = LabelValue(labels, kSnoozeFile)) {
    if (IsFileName(*value)) {
      result.snooze_file = *value;
    } else {
      warn(kSnoozeFile, *value,
           "write the name of a file in the sandbox, without a folder; nothing is snoozed");
    }
  }
  if (const auto value = LabelValue(labels, kRunningWhenHealthy)) {
    result.running_when_healthy = *value == "true" || value->empty();
    if (!result.running_when_healthy && *value != "false") {
      warn(kRunningWhenHealthy, *value, "write true or false; taking false");
    }
  }
  return result;
}

}  // namespace mesos_executor::health
