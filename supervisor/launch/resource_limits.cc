#include "supervisor/launch/resource_limits.h"

#include <sys/resource.h>

#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "protos/mesos/v1/linux.pb.h"

namespace mesos_executor::launch {
namespace {

using mesos::v1::RLimitInfo;

std::optional<int> ResourceOf(RLimitInfo::RLimit::Type type) {
  switch (type) {
    case RLimitInfo::RLimit::UNKNOWN:
      return std::nullopt;
    case RLimitInfo::RLimit::RLMT_AS:
      return RLIMIT_AS;
    case RLimitInfo::RLimit::RLMT_CORE:
      return RLIMIT_CORE;
    case RLimitInfo::RLimit::RLMT_CPU:
      return RLIMIT_CPU;
    case RLimitInfo::RLimit::RLMT_DATA:
      return RLIMIT_DATA;
    case RLimitInfo::RLimit::RLMT_FSIZE:
      return RLIMIT_FSIZE;
    case RLimitInfo::RLimit::RLMT_LOCKS:
      return RLIMIT_LOCKS;
    case RLimitInfo::RLimit::RLMT_MEMLOCK:
      return RLIMIT_MEMLOCK;
    case RLimitInfo::RLimit::RLMT_MSGQUEUE:
      return RLIMIT_MSGQUEUE;
    case RLimitInfo::RLimit::RLMT_NICE:
      return RLIMIT_NICE;
    case RLimitInfo::RLimit::RLMT_NOFILE:
      return RLIMIT_NOFILE;
    case RLimitInfo::RLimit::RLMT_NPROC:
      return RLIMIT_NPROC;
    case RLimitInfo::RLimit::RLMT_RSS:
      return RLIMIT_RSS;
    case RLimitInfo::RLimit::RLMT_RTPRIO:
      return RLIMIT_RTPRIO;
    case RLimitInfo::RLimit::RLMT_RTTIME:
      return RLIMIT_RTTIME;
    case RLimitInfo::RLimit::RLMT_SIGPENDING:
      return RLIMIT_SIGPENDING;
    case RLimitInfo::RLimit::RLMT_STACK:
      return RLIMIT_STACK;
  }
  return std::nullopt;
}

}  // namespace

absl::StatusOr<std::vector<process::ResourceLimit>> ResourceLimitsOf(
    const mesos::v1::TaskInfo& task) {
  std::vector<process::ResourceLimit> limits;
  for (const RLimitInfo::RLimit& info : task.container().rlimit_info().rlimits()) {
    const std::string where = absl::StrCat("TaskInfo.container.rlimit_info: ",
                                           RLimitInfo::RLimit::Type_Name(info.type()));
    const std::optional<int> resource = ResourceOf(info.type());
    if (!resource) return absl::InvalidArgumentError(absl::StrCat(where, " is not a limit"));
    if (info.has_soft() != info.has_hard()) {
      return absl::InvalidArgumentError(
          absl::StrCat(where, " has one number of two: give both, or none for unlimited"));
    }
    if (info.soft() > info.hard()) {
      return absl::InvalidArgumentError(absl::StrCat(where, ": its soft limit ", info.soft(),
                                                     " is above its hard limit ", info.hard()));
    }
    process::ResourceLimit limit{.resource = *resource};
    if (info.has_soft()) {
      limit.soft = info.soft();
      limit.hard = info.hard();
    }
    limits.push_back(limit);
  }
  return limits;
}

}  // namespace mesos_executor::launch
