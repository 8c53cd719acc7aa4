#include "supervisor/process/launch_failure.h"

#include <sys/resource.h>

#include <array>
#include <cstddef>

#include "absl/strings/str_cat.h"

namespace mesos_executor::process {
namespace {

std::string LimitName(int resource) {
  static constexpr std::array kNames = {
      "CPU",     "FSIZE", "DATA",  "STACK",      "CORE",     "RSS",  "NPROC",  "NOFILE",
      "MEMLOCK", "AS",    "LOCKS", "SIGPENDING", "MSGQUEUE", "NICE", "RTPRIO", "RTTIME",
  };
  static_assert(RLIMIT_CPU == 0 && RLIMIT_NOFILE == 7 && RLIMIT_RTTIME == kNames.size() - 1);
  const bool known = resource >= 0 && static_cast<size_t>(resource) < kNames.size();
  return known ? absl::StrCat("RLIMIT_", kNames[resource]) : absl::StrCat(resource);
}

}  // namespace

absl::Status DescribeLaunchFailure(const ExecFailure& failure, const LaunchSubject& subject) {
  std::string step = kExecStepNames[static_cast<size_t>(failure.step)];
  switch (failure.step) {
    case ExecStep::kProgram:
      absl::StrAppend(&step, " ", subject.program);
      break;
    case ExecStep::kLimit:
      absl::StrAppend(&step, " ", LimitName(failure.resource));
      break;
    case ExecStep::kGroups:
    case ExecStep::kGroup:
    case ExecStep::kUser:
      absl::StrAppend(&step, " for user ", subject.user);
      break;
    default:
      break;
  }
  return absl::ErrnoToStatus(failure.error, step);
}

}  // namespace mesos_executor::process
