// What Mesos 1.11 declares and mesos-go does not: volumes of storage plugins, and three
// capabilities of Linux. Bytes made by hand from Mesos' field numbers
// (include/mesos/v1/mesos.proto).
#pragma once

#include <string>

namespace mesos_executor {

// An Event of type LAUNCH with all of it.
std::string LaunchWithNewerFields();

}  // namespace mesos_executor
