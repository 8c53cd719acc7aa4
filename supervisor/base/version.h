// The version that all our binaries tell.
#ifndef SUPERVISOR_BASE_VERSION_H_
#define SUPERVISOR_BASE_VERSION_H_

namespace mesos_executor {

inline constexpr char kVersion[] = "0.1.0";

}  // namespace mesos_executor

#endif  // SUPERVISOR_BASE_VERSION_H_
